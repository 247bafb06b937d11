"""Append-only files: whole lines, torn tails, reading backwards."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys

import pytest

from runicorn.storage import journal as journal_module
from runicorn.storage.journal import Journal, iter_lines_backwards, segment_path

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX only")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.jsonl"


def test_lines_are_in_the_file_when_append_returns(path):
    journal = Journal(path)
    journal.append(b"one\n")
    journal.append(b"two\n")

    assert path.read_bytes() == b"one\ntwo\n"
    journal.close()


def test_one_append_is_one_write(path, monkeypatch):
    writes = []
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: writes.append(data) or real(descriptor, data))
    journal = Journal(path)

    journal.append(b"one\ntwo\n")

    assert writes == [b"one\ntwo\n"]
    journal.close()


@pytest.mark.parametrize("tail", [b'{"step":9,"loss":0.', b"\x00" * 64, b"\xff"], ids=["torn", "zeros", "no text"])
def test_a_torn_tail_is_never_continued(path, tail):
    path.write_bytes(b"one\n" + tail)
    journal = Journal(path)

    journal.append(b"two\n")
    journal.append(b"three\n")

    assert path.read_bytes() == b"one\n" + tail + b"\ntwo\nthree\n"
    journal.close()


def test_a_line_after_a_short_write_starts_on_a_new_line(path, monkeypatch):
    journal = Journal(path)
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:3]))
    with pytest.raises(OSError, match="only 3 of 6 bytes") as caught:
        journal.append(b"12345\n")
    monkeypatch.setattr(os, "write", real)

    journal.append(b"after\n")

    assert caught.value.errno == errno.ENOSPC
    assert path.read_bytes() == b"123\nafter\n"
    journal.close()


@posix
def test_what_is_no_plain_file_is_refused_without_waiting(path, tmp_path):
    os.mkfifo(path)
    with pytest.raises(OSError, match="not a plain file"):
        Journal(path).append(b"one\n")

    link = tmp_path / "link.jsonl"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):
        Journal(link).append(b"one\n")
    assert not (tmp_path / "elsewhere").exists()


def test_a_removed_file_is_noticed_and_made_again_after_close(path):
    journal = Journal(path)
    assert not journal.is_vanished()
    journal.append(b"one\n")
    assert not journal.is_vanished()

    path.unlink()

    assert journal.is_vanished()
    journal.close()
    journal.append(b"two\n")
    assert path.read_bytes() == b"two\n"
    assert not journal.is_vanished()
    journal.close()


def test_sync_calls_fsync_only_when_something_was_written(path, monkeypatch):
    calls = []
    monkeypatch.setattr(os, "fsync", calls.append)
    journal = Journal(path)
    journal.sync()
    assert calls == []

    journal.append(b"one\n")
    journal.sync()
    with_folder = len(calls)
    journal.sync()
    assert len(calls) == with_folder >= 1

    journal.append(b"two\n")
    journal.sync()
    assert len(calls) == with_folder + 1
    journal.close()


_WRITER = """
import sys
from pathlib import Path
from runicorn.storage.journal import Journal
journal = Journal(Path(sys.argv[1]))
for number in range(500):
    journal.append(f"{sys.argv[2]}-{number}-{'x' * 2000}\\n".encode())
"""


class Disk:
    """What was asked of the disk, in order; fsync fails as often as told."""

    def __init__(self, monkeypatch, failures):
        self.calls = []
        self._failures = failures
        self._write, self._fsync = os.write, os.fsync
        monkeypatch.setattr(os, "write", self.write)
        monkeypatch.setattr(os, "fsync", self.fsync)

    def write(self, descriptor, data):
        self.calls.append(bytes(data))
        return self._write(descriptor, data)

    def fsync(self, descriptor):
        self.calls.append("fsync")
        if self._failures:
            self._failures -= 1
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self._fsync(descriptor)


def test_what_a_failed_fsync_was_for_is_written_again_before_the_next(path, monkeypatch):
    """Case 6: the system may have dropped it, and a further fsync alone would promise in vain."""
    journal = Journal(path)
    journal.append(b"safe\n")
    journal.sync()
    disk = Disk(monkeypatch, failures=2)
    journal.append(b"one\n")
    for _ in range(2):
        with pytest.raises(OSError, match="Input/output error"):
            journal.sync()
    journal.append(b"two\n")
    journal.sync()
    journal.append(b"three\n")
    journal.sync()

    lost = [b"one\n", "fsync", b"one\n", "fsync"]
    assert disk.calls == [*lost, b"two\n", b"one\ntwo\n", "fsync", b"three\n", "fsync"]
    assert path.read_bytes() == b"safe\none\ntwo\nthree\n"
    journal.close()


def test_more_than_can_be_written_again_is_never_called_safe(path, monkeypatch):
    monkeypatch.setattr(journal_module, "MAX_REWRITTEN_BYTES", 3)
    Disk(monkeypatch, failures=1)
    journal = Journal(path)
    journal.append(b"one\n")
    for _ in range(3):
        with pytest.raises(OSError):
            journal.sync()

    assert path.read_bytes() == b"one\n"
    journal.close()


def test_processes_on_one_host_append_whole_lines_to_one_file(path):
    writers = [subprocess.Popen([sys.executable, "-c", _WRITER, path, str(n)]) for n in range(4)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0, 0]

    lines = [line for line in path.read_text().splitlines() if line]

    assert len(lines) == 2000
    assert {len(line.split("-")[2]) for line in lines} == {2000}
    for writer in range(4):
        own = [int(line.split("-")[1]) for line in lines if line.startswith(f"{writer}-")]
        assert own == list(range(500))


@posix
def test_a_full_disk_leaves_one_torn_line_and_the_rest_whole(path):
    script = (
        "import resource, signal, sys\nfrom pathlib import Path\nfrom runicorn.storage.journal import Journal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))\n"
        "journal, failures = Journal(Path(sys.argv[1])), 0\n"
        "for number in range(30):\n"
        "    if number == 20: resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))\n"
        "    try: journal.append(b'%03d' % number + b'-' * 96 + b'\\n')\n"
        "    except OSError: failures += 1\n"
        "print(failures)"
    )
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    run = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, timeout=60)

    lines = path.read_bytes().split(b"\n")
    whole = [line for line in lines if len(line) == 99]

    assert run.returncode == 0, run.stderr
    assert len(whole) == 30 - int(run.stdout)
    assert whole[-10:] == [b"%03d" % number + b"-" * 96 for number in range(20, 30)]


@pytest.mark.parametrize("block", [1, 2, 7, 64 * 1024])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", [b""]),
        (b"torn", [b"torn"]),
        (b"\n", [b"", b""]),
        (b"a\nbb\ntorn", [b"torn", b"bb", b"a"]),
        (b"a\n\nccc\n", [b"", b"ccc", b"", b"a"]),
    ],
)
def test_lines_are_read_backwards_whatever_the_block_size(path, monkeypatch, block, content, expected):
    monkeypatch.setattr(journal_module, "_BLOCK_BYTES", block)
    path.write_bytes(content)

    assert list(iter_lines_backwards(path)) == expected


def test_a_segment_is_named_after_host_and_process(tmp_path):
    assert segment_path(tmp_path, "box.lan/ü", 7).name == "events.box_lan__-7.jsonl"
