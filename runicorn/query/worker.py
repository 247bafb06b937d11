"""The child process of `runicorn.query.sandbox`: loads, locks itself in, runs one query, answers on stdout."""

from __future__ import annotations

import datetime
import decimal
import math
import os
import sys
from pathlib import Path
from typing import Any

import duckdb
import orjson

from runicorn.query.reader import Reader

_LOCKS = (
    "SET python_enable_replacements = false",
    "SET autoload_known_extensions = false",
    "SET autoinstall_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET temp_directory = ''",
    "SET disabled_filesystems = 'LocalFileSystem'",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
_SELECTS = frozenset({duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN})


_LOADING_CPU_S = 300


def main() -> None:
    """Read the request from stdin; write a line break once loaded, then the answer."""
    request = orjson.loads(sys.stdin.buffer.read())
    out = sys.stdout.buffer
    with Reader(Path(request["root"]), Path(request["cache_dir"])) as reader:
        cursor = reader.cursor()
        fill(reader, cursor, request["query"], request["parameters"])
        lock_engine(cursor, request["memory_mb"])
        lock_process(request["memory_mb"], request["timeout_s"])
        out.write(b"\n")
        out.flush()
        out.write(orjson.dumps(answer(cursor, request)))
        out.flush()
        os._exit(0)


def fill(reader: Reader, cursor: duckdb.DuckDBPyConnection, query: str, parameters: Any = ()) -> None:
    """Load what the query may see."""
    reader.adhoc.fill(cursor, query, parameters, copied=True)


def lock_engine(cursor: duckdb.DuckDBPyConnection, memory_mb: int) -> None:
    """Shut every door of DuckDB, for good."""
    cursor.execute(f"SET memory_limit = '{int(memory_mb)}MB'")
    for statement in _LOCKS:
        cursor.execute(statement)


def lock_process(memory_mb: int, timeout_s: float) -> None:
    """Let this process write no file, and use no more memory or processor time, where the system has such limits."""
    try:
        import resource
    except ImportError:
        return
    seconds = (math.ceil(timeout_s) + 1) * (os.cpu_count() or 1) + _LOADING_CPU_S
    limits = {resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0, resource.RLIMIT_CPU: seconds}
    if used := _address_space():
        limits[resource.RLIMIT_AS] = used + (2 * memory_mb << 20)
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))


def answer(cursor: duckdb.DuckDBPyConnection, request: dict[str, Any]) -> dict[str, Any]:
    """Run the query and return its rows, or why it cannot run."""
    try:
        statements = cursor.extract_statements(request["query"])
        if len(statements) != 1 or statements[0].type not in _SELECTS:
            return {"error": "Write one SELECT: other statements are not run here."}
        result = cursor.execute(statements[0], request["parameters"] or None)
        rows = result.fetchmany(request["max_rows"] + 1)
        described = result.description or []
    except MemoryError:
        return {"error": f"The query was stopped: it needs more memory than {request['memory_mb']} MB."}
    except duckdb.Error as error:
        return {"error": str(error)}
    return {
        "columns": [column[0] for column in described],
        "types": [str(column[1]) for column in described],
        "rows": [[plain(cell) for cell in row] for row in rows[: request["max_rows"]]],
        "truncated": len(rows) > request["max_rows"],
    }


def plain(cell: Any) -> Any:
    """Return `cell` as JSON can hold it."""
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else None
    if isinstance(cell, int) and not isinstance(cell, bool):
        return cell if -(2**63) <= cell < 2**64 else str(cell)
    if isinstance(cell, dict):
        return {str(key): plain(value) for key, value in cell.items()}
    if isinstance(cell, (list, tuple)):
        return [plain(value) for value in cell]
    if isinstance(cell, (datetime.datetime, datetime.date, datetime.time)):
        return cell.isoformat()
    if isinstance(cell, decimal.Decimal):
        return str(cell)
    if isinstance(cell, (bytes, bytearray)):
        return cell.hex()
    return cell if cell is None or isinstance(cell, (str, bool)) else str(cell)


def _address_space() -> int:
    """Bytes of address space in use (Linux), else 0."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


if __name__ == "__main__":
    main()
