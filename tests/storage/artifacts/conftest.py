"""A way to store versions from contents given in the test."""

import pytest

from runicorn.storage.artifacts import versions
from runicorn.storage.artifacts.contents import StagedFile


@pytest.fixture
def save(root, tmp_path):
    """Store a version: `save("net", a=b"content")`."""

    def create(name="net", type="model", *, references=(), **files):
        staged = []
        for path, data in files.items():
            source = tmp_path / "source" / path
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_bytes(data)
            staged.append(StagedFile(source, path))
        new = versions.NewVersion(name, type, staged, list(references), run_id="20250601_120000_a1b2c3")
        return versions.create_version(root, new)

    return create
