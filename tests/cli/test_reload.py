"""`--reload`: the command runs anew when a file of the program changes."""

from __future__ import annotations

import itertools

from runicorn.cli import reload


def test_the_command_ends_with_its_own_exit_code(tmp_path, monkeypatch):
    monkeypatch.setattr(reload, "POLL_SECONDS", 0.05)

    assert reload.run_again_on_changes(["version"]) == 0
    assert reload.run_again_on_changes(["runs", "--storage", str(tmp_path / "nowhere")]) == 4


def test_a_change_starts_it_again(root, monkeypatch):
    states = itertools.chain([{"a": 1}, {"a": 1}, {"a": 2}], itertools.repeat({"a": 3}))
    started = []

    class Process(reload.subprocess.Popen):
        def __init__(self, command):
            arguments = ["viewer", "--storage", str(root), "--port", "0"] if not started else ["version"]
            started.append(self)
            super().__init__([*command[:4], *arguments])

    monkeypatch.setattr(reload, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(reload, "_state", lambda: next(states))
    monkeypatch.setattr(reload.subprocess, "Popen", Process)

    assert reload.run_again_on_changes(["viewer"]) == 0
    assert len(started) == 2
    assert started[0].returncode is not None


def test_the_files_of_the_program_are_watched():
    names = {path.name for path in reload._state()}

    assert {"reload.py", "site.py", "base.html", "base.css"} <= names
