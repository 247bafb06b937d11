"""Reading an archive nobody trusts: member by member, within limits, nothing but plain files and folders.

Names are checked as they stand in the archive and never translated. Sizes are counted while reading; what the
archive declares is not believed.
"""

from __future__ import annotations

import gzip
import io
import lzma
import stat
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from runicorn.errors import InvalidInput, InvalidName, RunicornError, TooLarge
from runicorn.storage.names import check_relative_path

CHUNK_BYTES = 1024 * 1024
GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = b"PK"
MAX_DEPTH = 32
_LARGEST_READ = 4 * CHUNK_BYTES
_DAMAGE = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, OSError, OverflowError, RuntimeError, ValueError),
)
"""What the standard library raises for archives that are damaged, encrypted or packed in an unknown way."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an archive may unpack to. `ratio` is unpacked to packed size, counted from `ratio_floor_bytes` on."""

    total_bytes: int = 50 * 1024**3
    file_bytes: int = 20 * 1024**3
    members: int = 100_000
    ratio: int = 100
    ratio_floor_bytes: int = 64 * 1024**2


@dataclass(slots=True)
class Meter:
    """What was read of one archive so far. Raises TooLarge over a limit."""

    limits: Limits
    packed_bytes: int
    members: int = 0
    total_bytes: int = 0
    spellings: dict[str, str] = field(default_factory=dict)

    def count_bytes(self, size: int) -> None:
        """Count unpacked bytes."""
        self.total_bytes += size
        if self.total_bytes > self.limits.total_bytes:
            raise TooLarge(f"The archive unpacks to more than {self.limits.total_bytes} bytes.")
        allowed = max(self.limits.ratio_floor_bytes, self.packed_bytes * self.limits.ratio)
        if self.total_bytes > allowed:
            raise TooLarge(f"The archive unpacks to more than {self.limits.ratio} times its size.")

    def count_member(self, path: str) -> None:
        """Count a member. Raises InvalidInput for a second one that some file system takes for the same file."""
        self.members += 1
        if self.members > self.limits.members:
            raise TooLarge(f"The archive has more than {self.limits.members} members.")
        parts = path.split("/")
        if len(parts) > MAX_DEPTH:
            raise InvalidInput(f"The archive has a path of more than {MAX_DEPTH} folders.")
        for depth in range(1, len(parts) + 1):
            self._enter("/".join(parts[:depth]))

    def _enter(self, path: str) -> None:
        """Two spellings of one name (upper case, NFC and NFD) would be one file on some systems."""
        key = unicodedata.normalize("NFC", path).casefold()
        if self.spellings.setdefault(key, path) != path:
            raise InvalidInput(f"The archive has two members of one name: {path!r} and {self.spellings[key]!r}.")


@dataclass(frozen=True, slots=True)
class Member:
    """One plain file of an archive, to be read before the next one is asked for."""

    path: str
    file: IO[bytes]
    meter: Meter

    def iter_chunks(self) -> Iterator[bytes]:
        """Yield the content. Raises InvalidInput when it is damaged, TooLarge over a limit."""
        size = 0
        while chunk := self._read():
            size += len(chunk)
            self.meter.count_bytes(len(chunk))
            if size > self.meter.limits.file_bytes:
                raise TooLarge(f"{self.path!r} unpacks to more than {self.meter.limits.file_bytes} bytes.")
            yield chunk

    def _read(self) -> bytes:
        try:
            return self.file.read(CHUNK_BYTES)
        except _DAMAGE as error:
            raise _unreadable(error) from error


def iter_members(file: IO[bytes], limits: Limits | None = None) -> Iterator[Member]:
    """Yield the files of an archive (.zip, .tar, .tar.gz), told apart by its first bytes.

    Raises InvalidInput for anything else, for damage, encryption, links, devices, names no file system should hold
    and names that clash; TooLarge over a limit. Only an archive that was iterated to its end is known to be whole.
    """
    meter = Meter(limits or Limits(), file.seek(0, io.SEEK_END))
    file.seek(0)
    magic = file.read(4)
    file.seek(0)
    try:
        yield from _iter_zip(file, meter) if magic.startswith(ZIP_MAGIC) else _iter_tar(file, magic, meter)
    except RunicornError:
        raise
    except _DAMAGE as error:
        raise _unreadable(error) from error


def _iter_zip(file: IO[bytes], meter: Meter) -> Iterator[Member]:
    _check_directory_size(file, meter)
    seen: set[str] = set()
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            is_folder = info.is_dir() or kind == stat.S_IFDIR
            if info.flag_bits & 1:
                raise InvalidInput("Unsupported or corrupted archive: it is encrypted.")
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise InvalidInput(f"The archive has a member that is neither file nor folder: {info.filename!r}.")
            if path := _enter(info.orig_filename, is_folder=is_folder, seen=seen, meter=meter):
                with archive.open(info) as member:
                    yield Member(path, member, meter)


def _check_directory_size(file: IO[bytes], meter: Meter) -> None:
    """Refuse a zip whose list of members would fill the memory, before it is read. An entry has at least 46 bytes."""
    size = file.seek(0, io.SEEK_END)
    start = max(0, size - 22 - 65535 - 20)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at >= 0 and len(tail) >= at + 22:
        length = int.from_bytes(tail[at + 12 : at + 16], "little")
        at64 = tail.rfind(b"PK\x06\x06", 0, at)
        if length == 0xFFFFFFFF and at64 >= 0:
            length = int.from_bytes(tail[at64 + 40 : at64 + 48], "little")
        if length > meter.limits.members * 1024:
            raise TooLarge(f"The archive has more than {meter.limits.members} members.")
    file.seek(0)


def _iter_tar(file: IO[bytes], magic: bytes, meter: Meter) -> Iterator[Member]:
    seen: set[str] = set()
    source: Any = gzip.GzipFile(fileobj=file) if magic.startswith(GZIP_MAGIC) else file
    reader = _TarSource(source, meter)
    with tarfile.open(fileobj=reader, mode="r:") as archive:
        for info in archive:
            if not (info.isfile() or info.isdir()) or info.issparse():
                raise InvalidInput(f"The archive has a member that is neither file nor folder: {info.name!r}.")
            if path := _enter(info.name, is_folder=info.isdir(), seen=seen, meter=meter):
                member = archive.extractfile(info)
                assert member is not None
                yield Member(path, member, meter)
            archive.members = []  # type: ignore[attr-defined]
    reader.finish()


def _enter(name: str, *, is_folder: bool, seen: set[str], meter: Meter) -> str | None:
    """Check the name of a member and count it; return the path of a file, None for a folder."""
    path = name.removeprefix("./")
    if is_folder:
        path = path.rstrip("/")
        if path in ("", "."):
            return None
    try:
        checked = check_relative_path("name in the archive", path)
    except InvalidName as error:
        raise InvalidInput(f"Unsupported or corrupted archive: {error}") from error
    meter.count_member(path)
    if is_folder:
        return None
    if checked in seen:
        raise InvalidInput(f"The archive has two members of one name: {path!r}.")
    seen.add(checked)
    return checked


class _TarSource(io.RawIOBase):
    """What tarfile reads from. A header that declares gigabytes is refused before they are read.

    Bytes that are passed over count as well, and the end must be there.
    """

    def __init__(self, source: IO[bytes], meter: Meter) -> None:
        self._source = source
        self._meter = meter
        self._last = b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _LARGEST_READ:
            raise tarfile.ReadError("a header is too large")
        self._last = self._source.read(size)
        return self._last

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._source.seek(offset, whence)

    def tell(self) -> int:
        return self._source.tell()

    def finish(self) -> None:
        """Raise unless the archive ends as one should, its checksum included."""
        if self._last != bytes(tarfile.BLOCKSIZE):
            raise tarfile.ReadError("it ends too early")
        while rest := self._source.read(CHUNK_BYTES):
            self._meter.count_bytes(len(rest))


def _unreadable(error: Exception) -> InvalidInput:
    return InvalidInput(f"Unsupported or corrupted archive: {error}")
