"""How fast artifacts are stored and fetched, beside a bare copy and a bare SHA-256 of the same bytes.

    python benchmarks/artifacts.py [MEGABYTES]

Every figure is a ratio to the bare work done in the same run on the same disk: 1.0 is the speed of disk or hash.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from runicorn.storage.artifacts import contents, versions
from runicorn.storage.artifacts.contents import StagedFile

MEGABYTE = 1024 * 1024
SMALL_FILES = 1000


def measure(work: Callable[[], object]) -> float:
    """Return the seconds `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def copy_bare(source: Path, target: Path) -> None:
    """Copy and sync, in chunks as the store does, without hashing."""
    with source.open("rb") as reader, target.open("wb") as writer:
        while chunk := reader.read(4 * MEGABYTE):
            writer.write(chunk)
        os.fsync(writer.fileno())


def hash_bare(source: Path) -> None:
    """Read and hash in this thread."""
    with source.open("rb") as reader:
        hashlib.file_digest(reader, "sha256")


def main(megabytes: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        root, large, small = work / "root", work / "large.bin", work / "small"
        root.mkdir()
        small.mkdir()
        with large.open("wb") as file:
            for _ in range(megabytes):
                file.write(os.urandom(MEGABYTE))
        for number in range(SMALL_FILES):
            (small / str(number)).write_bytes(os.urandom(4096))

        def save(*files: Path) -> versions.VersionFolder:
            staged = [StagedFile(path, path.name) for path in files]
            return versions.create_version(root, versions.NewVersion("data", "dataset", staged))

        copied = measure(lambda: copy_bare(large, work / "copy"))
        hashed = measure(lambda: hash_bare(large))
        first = measure(lambda: save(large))
        again = measure(lambda: save(large))
        fetched = measure(lambda: contents.download(save(large), work / "out"))
        many = sorted(small.iterdir())
        copied_small = measure(lambda: [copy_bare(path, work / "copy") for path in many])
        first_small = measure(lambda: save(*many))
        again_small = measure(lambda: save(*many))
    print(f"one file of {megabytes} MiB")
    print(f"  bare copy {copied:.2f} s, bare SHA-256 {hashed:.2f} s")
    print(f"  store it                  {first / max(copied, hashed):5.2f} of the slower of the two")
    print(f"  store it again            {again / hashed:5.2f} of the SHA-256, and no space")
    print(f"  store and fetch, verified {fetched / (copied + hashed):5.2f} of copy and SHA-256")
    print(f"{SMALL_FILES} files of 4 KiB")
    print(f"  bare copies {copied_small:.2f} s")
    print(f"  store them                {first_small / copied_small:5.2f} of the bare copies")
    print(f"  store them again          {again_small / copied_small:5.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 256)
