"""Storage that fails, fills up, vanishes or hangs: training goes on, once told. Promises P6 to P8, cases 15 to 22."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import sys
import threading
import time

import pytest

from runicorn.errors import StorageError
from runicorn.sdk import handoff, recorder
from runicorn.sdk.run import Run
from runicorn.storage.journal import Journal

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX only")
strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")

HANG_S = 300
"""How long storage does not answer here: far longer than anything else takes, however busy the machine is."""


@contextlib.contextmanager
def tmpfs(folder, options):
    """A memory disk of a fixed size; skips where mounting is not allowed."""
    folder.mkdir(exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a tmpfs is not allowed here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def warnings_of(caplog):
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


@posix
def test_a_full_disk_drops_events_counts_them_and_goes_on_when_there_is_room(
    tmp_path, start, caplog, read_metrics, read_document
):
    """Case 15."""
    with tmpfs(tmp_path / "small", "size=256k") as disk:
        run = start(storage=disk)
        ballast = disk / "ballast"
        ballast.write_bytes(b"x" * 128 * 1024)
        for number in range(2000):
            run.log(number=number, text="-" * 100)
        ballast.unlink()
        for number in range(2000, 2050):
            run.log(number=number)
        run.finish()

        numbers = read_metrics(run.run_dir, "number")
        status = read_document(run.run_dir, "status.json")

    assert numbers[-50:] == list(range(2000, 2050))
    assert 2050 - len(numbers) == status["dropped_events"] > 0
    assert numbers == sorted(set(numbers))
    told = [text for text in warnings_of(caplog) if "No space left" in text]
    assert len(told) == 1
    assert "Training goes on" in told[0]


@posix
def test_strict_raises_the_error_of_the_disk(tmp_path, start):
    with tmpfs(tmp_path / "small", "size=64k") as disk:
        run = start(storage=disk, strict=True)
        with pytest.raises(OSError) as caught:
            for _ in range(2000):
                run.log(text="-" * 200)
        with pytest.raises(StorageError):
            run.finish()
        os.truncate(run.run_dir / "events.jsonl", 0)
        run.finish()

    assert caught.value.errno == errno.ENOSPC


@posix
def test_a_root_that_is_read_only_from_the_start_is_named(tmp_path, start, caplog, read_events):
    """Case 17."""
    with tmpfs(tmp_path / "disk", "size=64k,ro") as disk:
        run = start(storage=disk)
        run.log(a=1)
        run.log_text("x")
        run.summary({"b": 1})
        run.log_image("k", b"x")
        run.finish()

        assert list(disk.iterdir()) == []
    assert any(str(disk) in text and "Read-only file system" in text for text in warnings_of(caplog))
    assert len(warnings_of(caplog)) <= 3


@posix
def test_a_root_that_becomes_read_only_is_no_harm(tmp_path, start, caplog, read_metrics):
    """Case 17."""
    with tmpfs(tmp_path / "disk", "size=1m") as disk:
        run = start(storage=disk)
        run.log(a=1)
        run.flush()
        run._recorder._events.close()
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        for number in range(100):
            run.log(a=number)
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        run.log(a=7)
        run.finish()

        assert read_metrics(run.run_dir, "a") == [1, 7]
    assert len([text for text in warnings_of(caplog) if "Read-only" in text]) == 1


def test_a_folder_removed_during_the_run_is_made_again_and_said_once(
    start, caplog, read_metrics, read_document, monkeypatch
):
    """Case 18."""
    monkeypatch.setattr(recorder, "TICK_S", 0.01)
    run = start(config={"lr": 1})
    run.log(a=1)
    shutil.rmtree(run.run_dir.rename(run.storage_root / "gone"))
    deadline = time.monotonic() + 60
    while not (run.run_dir / "meta.json").exists() and time.monotonic() < deadline:
        run.log(a=2)
    run.log(a=3)
    run.finish()

    assert read_metrics(run.run_dir, "a")[-1] == 3
    assert read_document(run.run_dir, "meta.json")["id"] == run.id
    assert read_document(run.run_dir, "config.json") == {"lr": 1}
    status = read_document(run.run_dir, "status.json")
    assert (status["status"], status["dropped_events"] >= 1) == ("finished", True)
    assert len([text for text in warnings_of(caplog) if "was removed" in text]) == 1


@posix
def test_a_pipe_nobody_reads_does_not_hold_up_training(start, caplog):
    """Case 21."""
    run = start()
    os.mkfifo(run.run_dir / "events.jsonl")
    for _ in range(100):
        run.log(a=1)
    run.finish()

    assert run._recorder.dropped == 100
    assert len([text for text in warnings_of(caplog) if "not a plain file" in text]) == 1


class Stuck:
    """Storage whose writes and syncs do not return until it is told so."""

    def __init__(self, monkeypatch, what):
        self.released = threading.Event()
        self.entered = threading.Event()
        real = getattr(Journal, what)

        def hang(journal, *arguments):
            self.entered.set()
            self.released.wait(HANG_S)
            return real(journal, *arguments)

        monkeypatch.setattr(Journal, what, hang)


def test_when_fsync_hangs_events_wait_in_memory_and_are_written_later(start, monkeypatch, caplog, read_metrics):
    """Case 21."""
    monkeypatch.setattr(recorder, "TICK_S", 0.01)
    monkeypatch.setattr(recorder, "STALL_S", 0.05)
    run = start()
    run.log(a=0)
    stuck = Stuck(monkeypatch, "sync")
    assert stuck.entered.wait(60)
    time.sleep(0.1)
    for number in range(1, 1000):
        run.log(a=number)
    run.summary({"late": 1})
    assert read_metrics(run.run_dir, "a") == [0]
    stuck.released.set()
    run.finish()

    assert read_metrics(run.run_dir, "a") == list(range(1000))
    assert run._recorder.dropped == 0
    assert any("events wait in memory" in text for text in warnings_of(caplog))


def test_when_fsync_hangs_for_good_finish_gives_up(start, monkeypatch, caplog):
    """Case 21."""
    monkeypatch.setattr(recorder, "TICK_S", 0.01)
    run = start()
    run.log(a=0)
    stuck = Stuck(monkeypatch, "sync")
    assert stuck.entered.wait(60)
    started = time.monotonic()
    run._recorder.close(timeout=0.5)

    assert time.monotonic() - started < HANG_S / 2
    assert any("not all of the run is known to be on disk" in text for text in warnings_of(caplog))
    stuck.released.set()


@pytest.mark.slow
def test_finish_gives_up_when_the_storage_begins_to_hang_just_then(start, monkeypatch, caplog):
    """Case 21."""
    run = start()
    run.log(a=0)
    run.flush()
    released = threading.Event()
    monkeypatch.setattr("runicorn.sdk.documents.write_json", lambda *arguments, **options: released.wait(HANG_S))
    started = time.monotonic()
    run.finish()

    assert time.monotonic() - started < HANG_S / 2
    assert any("not all of the run is known to be on disk" in text for text in warnings_of(caplog))
    released.set()


def test_writing_in_the_background_bears_a_write_that_hangs(start, monkeypatch, read_metrics, read_document):
    """Case 21: log() waits once at most, memory stays bounded, and all that was kept is written in order."""
    monkeypatch.setattr(handoff, "MAX_WAITING_JOBS", 500)
    run = start(durability="background")
    run.log(a=0)
    assert run.flush()
    monkeypatch.setattr(handoff, "PATIENCE_S", 1.0)
    stuck = Stuck(monkeypatch, "append")
    started = time.monotonic()
    for number in range(1, 1000):
        run.log(a=number)
    assert time.monotonic() - started < HANG_S / 2, "each call waited"
    assert read_metrics(run.run_dir, "a") == [0]
    stuck.released.set()
    run.finish()

    kept = read_metrics(run.run_dir, "a")
    assert kept == list(range(len(kept)))
    assert run._recorder.dropped == 1000 - len(kept) > 0
    assert read_document(run.run_dir, "status.json")["dropped_events"] == run._recorder.dropped


def test_storage_that_was_slow_once_is_left_to_a_thread(start, monkeypatch, caplog, read_metrics):
    """Case 21, on a disk of which nobody expects it."""
    run = start()
    run.log(a=0)
    monkeypatch.setattr(recorder, "SLOW_S", -1.0)
    run.log(a=1)
    stuck = Stuck(monkeypatch, "append")
    for number in range(2, 100):
        run.log(a=number)
        run.log_text("x")
    run.summary({"b": 1})
    assert read_metrics(run.run_dir, "a") == [0, 1]
    stuck.released.set()
    run.finish()

    assert read_metrics(run.run_dir, "a") == list(range(100))
    assert [text for text in warnings_of(caplog) if "a thread writes from now on" in text] != []


def test_a_document_whose_fsync_failed_is_written_anew(start, monkeypatch, read_document):
    """Case 6."""
    monkeypatch.setattr(recorder, "TICK_S", 600)
    run = start()
    run.flush()
    run.summary({"a": 1})
    before = os.stat(run.run_dir / "summary.json").st_ino
    real = os.fsync
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", raise_io_error)
        assert run.flush() is False
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino) or real(descriptor))

    assert run.flush() is True
    after = os.stat(run.run_dir / "summary.json").st_ino
    assert after != before
    assert after in synced
    assert read_document(run.run_dir, "summary.json") == {"a": 1}


def raise_io_error(descriptor):
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_a_sample_larger_than_all_that_may_wait_is_written_in_the_background(start, monkeypatch):
    monkeypatch.setattr(handoff, "MAX_WAITING_BYTES", 10)
    monkeypatch.setattr(handoff, "PATIENCE_S", 30.0)
    run = start(durability="background")
    path = run.log_image("k", b"x" * 100)
    run.finish()

    assert (run.run_dir / path).read_bytes() == b"x" * 100
    assert run._recorder.dropped == 0


def test_writing_in_the_background_is_there_when_log_returns(start, monkeypatch, read_metrics, read_document):
    monkeypatch.setattr(handoff, "PATIENCE_S", 30.0)
    run = start(durability="background", config={"lr": 1})
    for number in range(100):
        run.log(a=number)
    run.log_text("x")
    path = run.log_image("k", b"x")
    early = read_metrics(run.run_dir, "a")
    run.finish()

    assert early == list(range(100))
    assert read_metrics(run.run_dir, "a") == list(range(100))
    assert (run.run_dir / path).read_bytes() == b"x"
    assert read_document(run.run_dir, "config.json") == {"lr": 1}


@pytest.mark.slow
@strace
@pytest.mark.parametrize("fault", ["write:error=EIO:when=10+", "write:error=ENOSPC:when=3..5"])
def test_i_o_errors_reach_nobody(script, root, fault, only_run, read_metrics, read_document):
    """Case 16."""
    events = root / "p/default/runs/r/events.jsonl"
    events.parent.mkdir(parents=True)
    events.write_bytes(b"")
    process = script(
        "run = rn.init('p', run_id='r', capture_env=False)\n"
        "for number in range(30): run.log(number=number); run.log_text('x')\n"
        "started = time.monotonic(); run.finish(); print(time.monotonic() - started < 60)",
        prefix=("strace", "-qq", "-f", "-o", "/dev/null", "-P", str(events), "-e", f"inject={fault}"),
    )
    output, errors = process.communicate(timeout=300)

    numbers = read_metrics(only_run(root), "number")
    assert (process.returncode, output) == (0, "True\n")
    assert "Traceback" not in errors
    assert errors.count("Training goes on") == 1
    assert numbers == sorted(set(numbers))
    assert read_document(only_run(root), "status.json")["dropped_events"] == 30 - len(numbers) > 0


@strace
@pytest.mark.slow
def test_a_failed_fsync_is_told_and_the_events_stay(script, root, only_run, read_metrics):
    """Case 6."""
    events = root / "p/default/runs/r/events.jsonl"
    process = script(
        "from runicorn.sdk import recorder; recorder.TICK_S = 600\n"
        "run = rn.init('p', run_id='r', capture_env=False); run.log(a=1)\n"
        "print(run.flush()); print(run.flush()); run.log(a=2); print(run.flush()); run.finish()",
        prefix=("strace", "-qq", "-f", "-o", "/dev/null", "-P", str(events), "-e", "inject=fsync:error=EIO:when=1..2"),
    )
    output, errors = process.communicate(timeout=300)

    assert output == "False\nFalse\nTrue\n"
    assert errors.count("may not survive a power cut") == 1
    assert read_metrics(only_run(root), "a") == [1, 2]


class Hostile:
    def __str__(self):
        raise RuntimeError("no text for you")

    __repr__ = __str__


def circular():
    outer = {}
    outer["self"] = outer
    return outer


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(threading.Lock(), id="lock"),
        pytest.param((number for number in range(3)), id="generator"),
        pytest.param(circular(), id="circular"),
        pytest.param(Hostile(), id="hostile"),
        pytest.param(object(), id="object"),
        pytest.param(b"bytes", id="bytes"),
        pytest.param({1, 2}, id="set"),
        pytest.param(1j, id="complex"),
        pytest.param(list(range(10**6)), id="long list"),
        pytest.param("\ud800", id="lone surrogate"),
        pytest.param(1 << 50_000, id="huge integer"),
    ],
)
def test_a_value_that_cannot_be_kept_is_refused_by_name_and_the_rest_is_logged(start, caplog, value, read_metrics):
    """Case 19."""
    run = start()
    for _ in range(3):
        run.log({"good": 1, "bad": value})
        run.log({"bad": value})
    run.log_text(value)
    run.summary({"bad": value, "good": 1})
    run.finish()

    assert read_metrics(run.run_dir, "good") == [1, 1, 1]
    assert read_metrics(run.run_dir, "bad") == []
    assert len([text for text in warnings_of(caplog) if "is not logged" in text]) <= 2
    assert run.summary["good"] == 1


def test_refused_values_are_counted_in_the_run(start, read_document):
    run = start()
    run.log(bad=object())
    run.log(bad=object())
    run.finish()

    assert read_document(run.run_dir, "status.json")["refused_values"] == 2


def test_strict_refuses_with_a_type_error_that_names_the_value(start):
    run = start(strict=True)
    with pytest.raises(TypeError, match="'bad' cannot be logged"):
        run.log(bad=object())
    with pytest.raises(ValueError, match="whole number"):
        run.log(a=1, step="soon")


@pytest.mark.parametrize("data", ["text", 7, [1, 2], object()])
def test_data_that_is_no_mapping_is_no_harm(start, caplog, data):
    run = start()
    run.log(data)
    run.log(data)

    assert len(warnings_of(caplog)) == 1
    with pytest.raises(TypeError):
        start(strict=True).log(data)


def test_a_mistake_in_the_background_thread_is_told_and_outlived(start, monkeypatch, caplog, read_metrics):
    """Case 20."""
    run = start()
    failed = threading.Event()

    def fail():
        failed.set()
        raise RuntimeError("ours")

    run._recorder.on_tick = fail
    assert run.flush() is False
    assert failed.is_set()
    run._recorder.on_tick = None
    run.log(a=1)
    assert run.flush()

    assert read_metrics(run.run_dir, "a") == [1]
    assert any("background thread failed" in record.getMessage() for record in caplog.records)


@pytest.mark.slow
def test_many_names_and_long_runs_stay_bounded(script, root, only_run):
    """Case 22, with memory of case 21."""
    process = script(
        "import resource\nrun = rn.init('p', capture_env=False)\n"
        "for number in range(20000): run.log({f'metric/{number}': number})\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for number in range(100000): run.log({'loss': 0.5})\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before); run.finish()"
    )
    output, errors = process.communicate(timeout=300)

    assert process.returncode == 0, errors
    assert int(output) < 20 * 1024
    assert (only_run(root) / "events.jsonl").read_bytes().count(b"\n") == 120_000


def test_an_interpreter_that_ends_without_finish_says_nothing(script, root, only_run, read_metrics, read_document):
    process = script("run = rn.init('p', capture_env=False); run.set_primary_metric('a'); run.log(a=1)")
    output, errors = process.communicate(timeout=300)

    assert (process.returncode, output, errors) == (0, "", "")
    assert read_metrics(only_run(root), "a") == [1]
    assert read_document(only_run(root), "summary.json")["best_metric_value"] == 1
    assert read_document(only_run(root), "status.json")["status"] == "running"


def test_the_root_may_hold_anything_before(root, start):
    (root / "vision").write_text("a file where the project's folder should be")
    run = start()
    run.log(a=1)
    run.finish()

    assert (root / "vision").read_text().startswith("a file")
    assert isinstance(run, Run)
    assert sys.exc_info() == (None, None, None)
