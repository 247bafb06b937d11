# mypy: ignore-errors
"""Runs on the far machine, in any Python from 2.7 on: describe this interpreter as one line of JSON."""

import json
import sys

try:
    from importlib.metadata import PackageNotFoundError, version
except ImportError:
    runicorn_version = None
else:
    try:
        runicorn_version = version("runicorn")
    except PackageNotFoundError:
        runicorn_version = None

kind, name, python = sys.argv[1:4]
answer = {
    "kind": kind,
    "name": name,
    "python": python,
    "prefix": sys.prefix,
    "python_version": "Python " + ".".join(str(part) for part in sys.version_info[:3]),
    "runicorn_version": runicorn_version,
}
sys.stdout.write(json.dumps(answer) + "\n")
