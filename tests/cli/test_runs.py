"""`runs` and `show`: the same facts as everywhere, for people and for scripts."""

from __future__ import annotations

import json
import os

import pytest


def ids(result) -> list[str]:
    assert result.exit_code == 0, result.stderr
    return [run["id"] for run in json.loads(result.stdout)]


@pytest.fixture
def three_runs(make_run):
    make_run("one", meta={"created_at": 1.0}, config={"lr": 0.1})
    make_run("two", project="text", meta={"created_at": 2.0}, status="failed")
    (make_run("three", name="other", meta={"created_at": 3.0}) / "labels.json").write_text('{"tags": ["best", "x"]}')


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param([], ["three", "two", "one"], id="newest first"),
        pytest.param(["--project", "vision"], ["three", "one"], id="project"),
        pytest.param(["--name", "other"], ["three"], id="name"),
        pytest.param(["--status", "failed,running"], ["two"], id="status"),
        pytest.param(["--tags", "x,best"], ["three"], id="tags"),
        pytest.param(["--tags", "x,worst"], [], id="not all tags"),
        pytest.param(["TEXT"], ["two"], id="search"),
        pytest.param(["best"], ["three"], id="search in tags"),
        pytest.param(["--limit", "1"], ["three"], id="limit"),
        pytest.param(["config.lr < 0.5"], ["one"], id="expression"),
        pytest.param(["status = finished and not tags has best"], ["one"], id="and, not"),
        pytest.param(["status = finished", "--project", "text"], [], id="expression and option"),
        pytest.param(["--sort", "config.lr"], ["one", "three", "two"], id="sorted, missing last, newest first"),
        pytest.param(["--ascending"], ["one", "two", "three"], id="oldest first"),
        pytest.param(["--deleted"], [], id="recycle bin"),
    ],
)
def test_runs_are_chosen(run_cli, root, three_runs, arguments, expected):
    assert ids(run_cli("runs", "--storage", root, "--json", *arguments)) == expected


def test_a_wrong_expression_says_where(run_cli, root, three_runs):
    result = run_cli("runs", "status = ", "--storage", root)

    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert run_cli("runs", "x", "--deleted", "--storage", root).exit_code == 2


@pytest.mark.parametrize("text", ['say "hi" = 1', "back\\slash", "a < b"], ids=repr)
def test_the_text_of_manage_is_no_expression(run_cli, root, make_run, text):
    (make_run("one") / "labels.json").write_text(json.dumps({"notes": f"... {text} ..."}))
    make_run("two")

    assert ids(run_cli("manage", "--action", "search", "--text", text, "--storage", root, "--json")) == ["one"]


def test_the_table_shows_what_json_says(run_cli, root, three_runs):
    table = run_cli("runs", "--storage", root).stdout

    for text in ("one", "two", "three", "vision", "text", "failed", "best, x"):
        assert text in table


def test_json_has_no_numbers_json_does_not_know(run_cli, root, make_run):
    folder = make_run("one")
    (folder / "summary.json").write_text('{"loss": NaN, "deep": {"x": [Infinity]}}')

    def refuse(token):
        raise AssertionError(token)

    (run,) = json.loads(run_cli("runs", "--storage", root, "--json").stdout, parse_constant=refuse)
    assert run["summary"] == {"loss": None, "deep": {"x": [None]}}


def test_an_output_of_few_characters_gets_all_it_can_show(run_process, root, make_run):
    make_run("one", meta={"name": "声学 😀"})
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}

    table = run_process("runs", "--storage", root, env=environment)
    answer = run_process("runs", "--storage", root, "--json", env=environment)

    assert (table.returncode, table.stderr) == (0, "")
    assert "\\u58f0\\u5b66" in table.stdout
    assert json.loads(answer.stdout)[0]["name"] == "声学 😀"


def test_an_empty_root_has_no_runs(run_cli, root):
    assert run_cli("runs", "--storage", root).stdout == "No runs found.\n"


@pytest.mark.parametrize("option", ["--storage", "--storage-root", "--root"])
def test_the_root_has_three_spellings_and_a_variable(run_cli, root, three_runs, monkeypatch, option):
    expected = ids(run_cli("runs", option, root, "--json"))
    monkeypatch.setenv("RUNICORN_DIR", str(root))

    assert ids(run_cli("runs", "--json")) == expected == ["three", "two", "one"]


def test_a_run_is_shown_whole(run_cli, root, make_run, metrics):
    events = [metrics(1, loss=0.5), "{broken\n", metrics(2, loss=0.25, acc=float("nan"))]
    make_run("one", events=events, config={"lr": 0.1}, summary={"best": 3}, logs="hello\nworld\n")

    text = run_cli("show", "one", "--storage", root).stdout
    facts = json.loads(run_cli("show", "one", "--storage", root, "--json", "--logs", 1).stdout)

    assert "vision / base" in text
    assert "1 damaged event line" in text
    assert "hello\nworld" in text
    assert facts["config"] == {"lr": 0.1}
    assert facts["logs"] == ["world"]
    assert facts["damage"]["lines"] == 1
    loss = next(row for row in facts["metrics"] if row["name"] == "loss")
    assert (loss["count"], loss["last"], loss["min"], loss["max"]) == (2, 0.25, 0.25, 0.5)


def test_an_unknown_run_is_said_so(run_cli, root):
    result = run_cli("show", "nothing", "--storage", root)

    assert (result.exit_code, result.stderr) == (1, "Error: Run not found\n")


def test_escape_sequences_of_a_run_do_not_reach_a_terminal(run_terminal, root, make_run):
    hostile = "\x1b]8;;javascript:alert(1)\x1b\\x \x1b[2J \x1b]52;c;AAAA\x07 \x9b31m"
    make_run("one", meta={"name": hostile}, config={hostile: hostile}, logs=hostile + "\n")

    for command in (
        ["runs"],
        ["show", "one"],
        ["runs", "--json"],
        ["sql", "FROM logs"],
        ["sql", "--json", "FROM logs"],
    ):
        shown = run_terminal(*command, "--storage", root)
        assert "8;;javascript:" in shown
        assert "\x1b]" not in shown
        assert "\x1b[2J" not in shown
        assert "\x9b" not in shown
        assert "\x07" not in shown
