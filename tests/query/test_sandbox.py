"""SQL from somewhere else can read the views and nothing more, and always ends. Cases 45 to 51."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import psutil
import pytest

from runicorn.errors import InvalidInput, QueryError, QueryTimeout, TooLarge
from runicorn.query import worker
from runicorn.query.sandbox import run_sql

ID = "20250601_120000_a1b2c3"


@pytest.fixture
def run(make_run, metrics) -> Path:
    return make_run(ID, events=[metrics(step, loss=1 / step) for step in range(1, 11)], config={"lr": 0.1})


@pytest.fixture
def ask(run, reader):
    """Ask a locked engine in this process, which is what the child does after its start."""
    with reader.cursor() as cursor:
        worker.fill(reader, cursor, "runs metrics params")
        worker.lock_engine(cursor, 512)
        yield lambda query, max_rows=100: worker.answer(
            cursor, {"query": query, "parameters": (), "max_rows": max_rows, "memory_mb": 512}
        )


def hashes(root: Path) -> dict[str, str]:
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in root.rglob("*") if path.is_file()}


READS = [
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM glob('/**')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "FROM '/etc/passwd'",
    "SELECT * FROM read_blob('/proc/self/environ')",
    "SELECT * FROM parquet_metadata('/tmp/x.parquet')",
    "SELECT * FROM read_json('{events}')",
    "SELECT * FROM query('FROM read_text(''/etc/passwd'')')",
    "SELECT * FROM 'https://example.org/x.csv'",
]
WRITES = [
    "COPY (SELECT 1) TO '{events}'",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{events}'",
    "EXPORT DATABASE '{root}'",
    "ATTACH '{root}/x.db'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "PRAGMA enable_profiling",
    "SET lock_configuration = false",
    "SET memory_limit = '64GB'",
    "RESET threads",
    "SELECT 1; DROP TABLE metrics",
    "DROP TABLE metrics",
    "CREATE TABLE t AS SELECT 1",
    "",
    "SELECT",
]


@pytest.mark.parametrize("query", READS + WRITES)
def test_a_query_can_neither_read_files_nor_write_or_change_anything(root, run, ask, query):
    before = hashes(root)

    answer = ask(query.format(root=root, events=run / "events.jsonl"))

    assert "error" in answer
    assert "root:" not in answer["error"]
    assert hashes(root) == before
    assert ask("SELECT count(*) FROM metrics")["rows"] == [[10]]


def test_a_variable_of_the_program_is_no_table(ask):
    assert "error" in ask("SELECT * FROM request")
    assert "error" in ask("SELECT * FROM rows")


def test_values_come_as_json_can_hold_them(ask):
    answer = ask(
        "SELECT 'nan'::DOUBLE AS a, 2::HUGEINT ** 70 AS b, DATE '2020-01-02' AS c, {'x': [1, NULL]} AS d, "
        "'ab'::BLOB AS e, 1.50::DECIMAL(5, 2) AS f, TIMESTAMPTZ '2020-01-02 00:00:00+00' AS g, "
        "36893488147419103232 AS h"
    )

    assert answer["rows"][0][2:6] == ["2020-01-02", {"x": [1, None]}, "6162", "1.50"]
    assert answer["rows"][0][0] is None
    assert answer["rows"][0][7] == "36893488147419103232"


def test_rows_beyond_the_limit_are_told_of(ask):
    answer = ask("SELECT step FROM metrics ORDER BY step", max_rows=3)

    assert (answer["rows"], answer["truncated"]) == ([[1], [2], [3]], True)


def test_the_child_answers_with_parameters(run, reader):
    answer = run_sql(
        reader,
        "SELECT r.run_id, max(value) FROM metrics m JOIN runs r USING (run_id) WHERE metric = ? GROUP BY ALL",
        ["loss"],
    )

    assert (answer.rows, answer.columns[0], answer.row_count, answer.truncated) == ([[ID, 1.0]], "run_id", 1, False)


@pytest.mark.parametrize(
    ("query", "timeout_s", "error"),
    [
        ("SELECT count(*) FROM range(1000000000000)", 1.0, QueryTimeout),
        ("SELECT length(repeat('x', 2000000000))", 20.0, QueryError),
        ("SELECT list_aggr(range(1000000000), 'sum')", 20.0, QueryError),
        ("SELECT repeat('x', 40000000)", 20.0, TooLarge),
    ],
)
def test_a_query_too_long_or_too_large_is_stopped_and_leaves_nothing_behind(reader, query, timeout_s, error):
    """Cases 50 and 51."""
    before = psutil.Process().memory_info().rss
    started = time.monotonic()

    with pytest.raises(error):
        run_sql(reader, query, timeout_s=timeout_s)

    assert time.monotonic() - started < 60
    assert psutil.Process().memory_info().rss - before < 500 << 20
    assert not [child for child in psutil.Process().children() if "runicorn.query.worker" in child.cmdline()]


def test_parameters_must_be_plain(reader):
    with pytest.raises(InvalidInput):
        run_sql(reader, "SELECT ?", [object()])


def test_nothing_of_the_environment_reaches_the_child(reader, monkeypatch):
    monkeypatch.setenv("RUNICORN_SECRET", "hidden")

    with pytest.raises(QueryError):
        run_sql(reader, "SELECT getenv('RUNICORN_SECRET')")
