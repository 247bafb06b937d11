from __future__ import annotations

import json

from runicorn import config


def test_the_storage_root_is_saved_and_used(run_cli, tmp_path):
    result = run_cli("config", "--set-user-root", tmp_path / "mine")

    assert result.stdout == f"Set user_root_dir to: {tmp_path / 'mine'}\n"
    assert (tmp_path / "mine").is_dir()
    assert json.loads(run_cli("config", "--json").stdout)["storage"] == str(tmp_path / "mine")


def test_showing_is_what_happens_without_an_option(run_cli):
    assert run_cli("config").stdout == run_cli("config", "--show").stdout
    assert str(config.config_file()) in run_cli("config").stdout


def test_two_wishes_at_once_are_a_usage_error(run_cli):
    assert run_cli("config", "--show", "--path").exit_code == 2


def test_a_damaged_file_fails_validation_with_the_remedy(run_cli):
    config.config_dir().mkdir(parents=True)
    config.config_file().write_text("{half")

    result = run_cli("config", "--validate")

    assert result.exit_code == 2
    assert "runicorn config --reset" in result.stderr


def test_a_root_that_is_gone_fails_validation(run_cli, tmp_path):
    config.set_user_root_dir(str(tmp_path / "gone"))
    (tmp_path / "gone").rmdir()

    assert run_cli("config", "--validate").exit_code == 2
    assert json.loads(run_cli("config", "--validate", "--json").stdout)["valid"] is False


def test_resetting_asks_and_keeps_the_old_file(run_cli, tmp_path):
    config.set_user_root_dir(str(tmp_path / "mine"))

    refused = run_cli("config", "--reset", input="n\n")
    assert refused.exit_code == 1
    assert config.user_root_dir() == str(tmp_path / "mine")

    assert run_cli("config", "--reset", input="y\n").exit_code == 0
    assert config.user_root_dir() == ""
    assert "mine" in config.config_file().with_suffix(".json.old").read_text()


def test_editing_opens_the_users_editor(run_cli, monkeypatch):
    monkeypatch.setenv("EDITOR", 'sed -i s/{}/{\\"user_root_dir\\":\\"x\\"}/')

    assert run_cli("config", "--edit").exit_code == 0
    assert config.user_root_dir() == "x"
