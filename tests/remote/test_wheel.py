"""The wheel made of the running package."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import zipfile

from runicorn import __version__
from runicorn.remote.wheel import pack_wheel


def test_the_wheel_is_whole_and_its_record_is_true():
    name, data = pack_wheel()
    archive = zipfile.ZipFile(io.BytesIO(data))
    names = archive.namelist()
    information = f"runicorn-{__version__}.dist-info"

    assert name == f"runicorn-{__version__}-py3-none-any.whl"
    assert {"runicorn/__init__.py", "runicorn/export/__init__.py", "runicorn/remote/far/keeper.py"} <= set(names)
    assert {"runicorn/templates/base.html", "runicorn/static/css/tokens.css", f"{information}/METADATA"} <= set(names)
    assert not any("__pycache__" in one for one in names)
    recorded = {row[0]: row[1:] for row in csv.reader(io.StringIO(archive.read(f"{information}/RECORD").decode()))}
    assert recorded.keys() == set(names)
    for one in set(names) - {f"{information}/RECORD"}:
        digest = base64.urlsafe_b64encode(hashlib.sha256(archive.read(one)).digest()).decode().rstrip("=")
        assert recorded[one] == [f"sha256={digest}", str(len(archive.read(one)))]
