"""The pool of contents: every file of every artifact once, named by its SHA-256.

Source: docs/disk-format.md, section 4. A stored file and its blob are two names of one inode. Where the file system has
no hard links a stored file is a copy of its own and the pool stays empty; readers never need the pool.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO

from runicorn.storage.layout import ARTIFACTS

POOL = ".dedup"
CHUNK_BYTES = 4 * 1024 * 1024

Progress = Callable[[int], object]
"""Called with the number of bytes done since the last call, from any thread."""

Mark = tuple[int, int, int, int]
"""(device, inode, size in bytes, modification time in ns): what changes when somebody writes to a file."""

_verified: dict[Mark, str] = {}
_MOST_VERIFIED = 4096

_SHA256 = re.compile(r"[0-9a-f]{64}")
_NO_LINKS = {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EACCES, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL}


def pool_folder(root: Path) -> Path:
    """Where the blobs of a storage root lie."""
    return root / ARTIFACTS / POOL


def is_sha256(text: str) -> bool:
    """Tell whether `text` is a SHA-256 in lower-case hex."""
    return _SHA256.fullmatch(text) is not None


def blob_path(root: Path, sha256: str) -> Path:
    """Return where the content with this SHA-256 (hex) is kept. Raises ValueError for anything else."""
    if not is_sha256(sha256):
        raise ValueError("not a SHA-256 in lower-case hex")
    return pool_folder(root) / sha256[:2] / sha256


def iter_blobs(root: Path) -> Iterator[os.DirEntry[str]]:
    """Yield every blob of the pool; other files, and links, are passed over."""
    for folder in _scan(pool_folder(root)):
        if len(folder.name) == 2 and folder.is_dir(follow_symlinks=False):
            for entry in _scan(Path(folder.path)):
                if is_sha256(entry.name) and entry.is_file(follow_symlinks=False):
                    yield entry


def hash_file(path: Path, progress: Progress | None = None) -> str:
    """Return the SHA-256 of a plain file in hex. A link is refused with OSError."""
    with open_plain(path) as source:
        return _digest(source, None, progress)


def copy_file(source: Path, target: Path, progress: Progress | None = None, *, sync: bool = True) -> str:
    """Copy a plain file to `target`, which must not exist, and return the SHA-256 of what was written.

    With `sync` the copy survives a power cut. A link is refused with OSError. A failed copy leaves nothing behind.
    """
    with open_plain(source) as reader:
        try:
            with target.open("xb") as writer:
                sha256 = _digest(reader, writer, progress)
                if sync:
                    writer.flush()
                    os.fsync(writer.fileno())
        except FileExistsError:
            raise
        except BaseException:
            target.unlink(missing_ok=True)
            raise
    return sha256


def open_plain(path: Path) -> IO[bytes]:
    """Open a plain file for reading. Raises OSError for a link, a folder or a device."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    file = open(os.open(path, flags), "rb")  # noqa: SIM115 - handed to the caller
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "not a plain file", str(path))
    return file


def is_intact(path: Path, sha256: str) -> bool:
    """Tell whether the plain file `path` hashes to `sha256`. A file that has not changed since is not read again.

    Raises OSError when it cannot be read.
    """
    key = _mark(path)
    if _verified.get(key) != sha256:
        if hash_file(path) != sha256:
            return False
        _remember(key, sha256)
    return True


def share(root: Path, file: Path, sha256: str) -> None:
    """Make `file`, which hashes to `sha256`, read-only and one with its blob, where links are possible.

    A blob that was damaged is replaced by the good content.
    """
    os.chmod(file, 0o444)
    _remember(_mark(file), sha256)
    blob = blob_path(root, sha256)
    blob.parent.mkdir(parents=True, exist_ok=True)
    if not _link(file, blob):
        return
    if not os.path.samefile(file, blob):
        _replace_by_link(*((blob, file) if _is_good(blob, sha256) else (file, blob)))


def link_blob(root: Path, sha256: str, target: Path) -> bool:
    """Make `target` a further name of a blob. False when there is none, it is damaged or it cannot be linked."""
    blob = blob_path(root, sha256)
    if not _is_good(blob, sha256):
        return False
    try:
        os.link(blob, target)
    except OSError:
        return False
    return True


def blob_sizes(root: Path) -> set[int]:
    """Return the sizes in bytes that occur in the pool: a file of another size is surely new."""
    return {entry.stat(follow_symlinks=False).st_size for entry in iter_blobs(root)}


def is_unlinked(blob: Path) -> bool:
    """Tell whether `blob` is there and no stored file is linked to it."""
    try:
        return os.lstat(blob).st_nlink == 1
    except FileNotFoundError:
        return False


def find_orphans(root: Path, named: Collection[str]) -> list[Path]:
    """Return the blobs that no stored file is linked to and whose SHA-256 is not in `named`."""
    return [
        Path(entry.path)
        for entry in iter_blobs(root)
        if entry.name not in named and entry.stat(follow_symlinks=False).st_nlink == 1
    ]


def remove_blobs(blobs: Collection[Path]) -> int:
    """Remove blobs and return the bytes that frees. A file linked to one in the meantime keeps its content."""
    freed = 0
    for blob in blobs:
        try:
            details = os.lstat(blob)
            if os.name == "nt":
                os.chmod(blob, stat.S_IWRITE)
            blob.unlink()
        except FileNotFoundError:
            continue
        freed += details.st_size if details.st_nlink == 1 else 0
    return freed


def _digest(source: IO[bytes], target: IO[bytes] | None, progress: Progress | None) -> str:
    """Large content is hashed on a second thread while this one reads and writes, so that the disk sets the pace."""
    digest = hashlib.sha256()
    with ThreadPoolExecutor(1, "runicorn-hash") as hasher:
        pending: Future[None] | None = None
        while chunk := source.read(CHUNK_BYTES):
            if pending:
                pending.result()
                pending = None
            if len(chunk) == CHUNK_BYTES:
                pending = hasher.submit(digest.update, chunk)
            else:
                digest.update(chunk)
            if target:
                target.write(chunk)
            if progress:
                progress(len(chunk))
    return digest.hexdigest()


def _mark(path: Path) -> Mark:
    details = os.lstat(path)
    return (details.st_dev, details.st_ino, details.st_size, details.st_mtime_ns)


def _remember(mark: Mark, sha256: str) -> None:
    if len(_verified) >= _MOST_VERIFIED:
        _verified.clear()
    _verified[mark] = sha256


def _is_good(blob: Path, sha256: str) -> bool:
    try:
        return is_intact(blob, sha256)
    except OSError:
        return False


def _link(file: Path, blob: Path) -> bool:
    """Tell whether `blob` exists afterwards, linked just now or there before."""
    try:
        os.link(file, blob)
    except FileExistsError:
        pass
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return False
    return True


def _replace_by_link(source: Path, target: Path) -> None:
    """Make `target` a further name of `source`; where that cannot be, both stay what they are."""
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        os.link(source, temporary)
        os.replace(temporary, target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        if error.errno not in _NO_LINKS:
            raise


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []
