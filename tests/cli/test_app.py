"""One way to report what went wrong: exit codes, one line on stderr, nothing that steers the terminal."""

from __future__ import annotations

import logging

import click
import pytest

from runicorn import errors
from runicorn.cli import app, options


@pytest.fixture
def failing(monkeypatch):
    """Make `runicorn fail` raise an error."""

    def make(error: BaseException) -> None:
        @click.command("fail")
        def command() -> None:
            raise error

        monkeypatch.setattr(app.Commands, "get_command", lambda *_: command)

    return make


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(errors.RunNotFound("x"), 1, id="not found"),
        pytest.param(errors.ConfigError("bad file"), 2, id="configuration"),
        pytest.param(PermissionError(13, "Permission denied", "/data"), 3, id="permission"),
        pytest.param(errors.Forbidden("no"), 3, id="forbidden"),
        pytest.param(errors.PortInUse("127.0.0.1", 23300), 4, id="port"),
        pytest.param(errors.StorageNotFound("/nowhere"), 4, id="storage"),
        pytest.param(OSError(28, "No space left on device", "/data/x"), 1, id="disk full"),
        pytest.param(ZeroDivisionError("by zero"), 1, id="unexpected"),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(run_cli, failing, error, code):
    failing(error)

    result = run_cli("fail")

    assert result.exit_code == code
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1


def test_an_error_text_cannot_steer_the_terminal(run_cli, failing):
    failing(errors.RunNotFound("x", "Run \x1b[2J\x1b]52;c;AAAA\x07\u202e not found"))

    assert run_cli("fail").stderr == "Error: Run [2J]52;c;AAAA not found\n"


def test_a_log_message_cannot_steer_the_terminal_either():
    record = logging.LogRecord("runicorn", logging.WARNING, "", 0, "run %s", ("\x1b[2J\x07x",), None)

    assert app.PlainFormatter("%(levelname)s %(message)s").format(record) == "WARNING run [2Jx"


@pytest.mark.parametrize("arguments", [["--verbose", "fail"], ["fail", "--verbose"]], ids=["before", "after"])
def test_details_of_the_unforeseen_are_shown_when_asked(run_cli, monkeypatch, arguments):
    @click.command("fail")
    @options.verbosity
    def command() -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(app.Commands, "get_command", lambda *_: command)

    assert "Traceback" in run_cli(*arguments).stderr
    assert "Traceback" not in run_cli("fail").stderr


def test_an_unknown_command_is_a_usage_error(run_cli):
    result = run_cli("nonsense")

    assert result.exit_code == 2
    assert "No such command 'nonsense'" in result.stderr


def test_a_missing_storage_root_is_one_clear_line(run_process, tmp_path):
    done = run_process("viewer", "--storage", tmp_path / "nowhere")

    assert done.returncode == 4
    assert done.stderr == (
        f"Error: Storage root {tmp_path / 'nowhere'} does not exist. Name another with --storage, or log a first run.\n"
    )


def test_the_help_names_every_command_with_a_sentence(run_cli):
    lines = run_cli("--help").stdout.splitlines()

    for name in app.COMMANDS:
        assert any(line.split()[:1] == [name] and len(line.split()) > 2 for line in lines), name


@pytest.mark.parametrize("name", app.COMMANDS)
def test_every_option_says_what_it_does(name):
    command = app.cli.get_command(click.Context(app.cli), name)
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]

    assert [option.name for option in options if not option.help] == []
