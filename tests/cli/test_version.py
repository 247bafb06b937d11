from __future__ import annotations

import json
import platform

from runicorn._version import __version__


def test_the_versions_and_the_size_of_the_storage_root(run_cli, root, make_run):
    make_run(logs="x" * 5000)

    facts = json.loads(run_cli("version", "--storage", root, "--json").stdout)

    assert facts["version"] == __version__
    assert facts["python"] == platform.python_version()
    assert facts["storage"] == str(root)
    assert 5000 < facts["storage_size_bytes"] < 6000


def test_a_root_that_is_not_there_yet_is_said_so(run_cli, tmp_path):
    result = run_cli("version", "--storage", tmp_path / "later")

    assert result.exit_code == 0
    assert "not there yet" in result.stdout


def test_the_option_is_the_short_form(run_cli):
    assert run_cli("--version").stdout.strip().endswith(__version__)
