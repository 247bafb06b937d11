"""Fork, threads, ranks and several processes in one run. Promise P9, cases 23 to 27."""

from __future__ import annotations

import json
import os
import threading
from collections import Counter

import pytest

import runicorn
from runicorn.sdk import start as start_module
from runicorn.sdk.settings import find_rank

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

FORK = """
import threading, warnings
warnings.simplefilter("ignore", DeprecationWarning)
run = rn.init("p", run_id="r", capture_env=False)
stop = threading.Event()
def train(name):
    number = 0
    while not stop.is_set():
        run.log({name: number}); number += 1
    counts[name] = number
counts = {}
threads = [threading.Thread(target=train, args=(f"t{n}",)) for n in range(4)]
for thread in threads: thread.start()
children = []
for number in range(8):
    time.sleep(0.01)
    pid = os.fork()
    if pid == 0:
        rn.get_active_run().log({"child": number}, step=number)
        os._exit(0) if number % 2 else sys.exit(0)
    children.append(pid)
codes = [os.waitpid(pid, 0)[1] for pid in children]
stop.set()
for thread in threads: thread.join()
import json
status = json.load(open(run.run_dir / "status.json"))["status"]
print(json.dumps({"counts": counts, "codes": codes, "status": status}))
run.finish()
"""


@posix
def test_forked_children_write_segments_of_their_own_and_end_nothing(script, root, only_run, read_metrics):
    """Case 23."""
    process = script(FORK)
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    report = json.loads(output)
    folder = only_run(root)

    assert report["codes"] == [0] * 8
    assert report["status"] == "running"
    for name, count in report["counts"].items():
        assert read_metrics(folder, name) == list(range(count))
    assert sorted(read_metrics(folder, "child")) == list(range(8))
    assert b"child" not in (folder / "events.jsonl").read_bytes()
    assert len(list(folder.glob("events.*-*.jsonl"))) == 8
    assert json.loads((folder / "status.json").read_text())["status"] == "finished"


@posix
def test_workers_that_only_touch_the_run_leave_nothing(script, root, only_run):
    """Case 24."""
    process = script(
        "import multiprocessing, warnings; warnings.simplefilter('ignore', DeprecationWarning)\n"
        "run = rn.init('p', capture_env=False); run.log(a=1)\n"
        "def touch(n): import runicorn; return (runicorn.get_active_run().id, len(run.config))\n"
        "with multiprocessing.get_context('fork').Pool(8) as pool: print(len(set(pool.map(touch, range(64)))))\n"
        "run.finish()"
    )
    output, errors = process.communicate(timeout=300)

    assert (process.returncode, output) == (0, "1\n"), errors
    assert sorted(os.listdir(only_run(root))) == ["events.jsonl", "media", "meta.json", "status.json"]


RANK = """
run = rn.init("p", run_id="r", capture_env=False, config={"rank_in_config": os.environ["RANK"]})
for number in range(500): run.log({"number": number}, step=number)
run.summary({f"rank{os.environ['RANK']}": True})
run.finish()
"""


def test_the_ranks_of_a_distributed_run_lose_nothing(script, root, only_run, read_events, read_document):
    """Case 25."""
    ranks = [script(RANK, RANK=str(rank), WORLD_SIZE="8") for rank in range(8)]
    for process in ranks:
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors

    folder = only_run(root)
    events = read_events(folder, kind="metrics")

    assert Counter(event["rank"] for event in events) == dict.fromkeys(range(8), 500)
    own = [json.loads(line) for line in (folder / "events.jsonl").read_bytes().splitlines()]
    assert {event["rank"] for event in own} == {0}
    assert read_document(folder, "meta.json")["pid"] == ranks[0].pid
    assert read_document(folder, "status.json")["status"] == "finished"
    assert {f"rank{rank}" for rank in range(8)} == set(read_document(folder, "summary.json"))


def test_ranks_that_share_no_run_id_have_a_whole_run_each(script, root):
    source = "run = rn.init('p', capture_env=False); run.log(a=1); run.finish()"
    for process in [script(source, RANK=str(rank), WORLD_SIZE="2") for rank in range(2)]:
        assert process.communicate(timeout=300)[1] == ""

    folders = list(root.glob("p/default/runs/*"))
    assert len(folders) == 2
    for folder in folders:
        assert json.loads((folder / "meta.json").read_text())["id"] == folder.name
        assert json.loads((folder / "status.json").read_text())["status"] == "finished"


@pytest.mark.parametrize(
    ("environment", "rank"),
    [
        ({}, None),
        ({"RANK": "0", "WORLD_SIZE": "1"}, None),
        ({"RANK": "0", "WORLD_SIZE": "2"}, 0),
        ({"RANK": "3"}, 3),
        ({"SLURM_PROCID": "5", "SLURM_NTASKS": "8"}, 5),
        ({"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2"}, 1),
        ({"RANK": "x", "WORLD_SIZE": "2"}, None),
    ],
)
def test_the_rank_is_what_the_launcher_says(environment, rank):
    assert find_rank(environment) == rank


def test_a_process_that_joins_a_live_run_neither_owns_nor_ends_it(script, start, root, read_metrics, read_document):
    run = start("p", run_id="r")
    run.log(a=1, step=10)
    process = script("run = rn.init('p', run_id='r', capture_env=False); run.log(a=2); run.finish('failed')")
    _, errors = process.communicate(timeout=300)
    run.log(a=3)

    assert process.returncode == 0, errors
    assert read_metrics(run.run_dir, "a") == [1, 2, 3]
    assert read_document(run.run_dir, "meta.json")["pid"] == os.getpid()
    assert read_document(run.run_dir, "status.json")["status"] == "running"


def test_a_writer_on_another_host_has_a_segment_of_its_own(start, monkeypatch, read_metrics):
    first = start(run_id="r")
    first.log(a=1, step=5)
    first.finish()
    monkeypatch.setattr(start_module, "hostname", lambda: "other-box")

    second = start(run_id="r")
    second.log(a=2)
    second.finish()

    assert read_metrics(first.run_dir, "global_step") == [5, 6]
    assert [path.name for path in first.run_dir.glob("events.*.jsonl")] == [f"events.other-box-{os.getpid()}.jsonl"]


def test_threads_lose_nothing_and_keep_their_order(start, read_metrics):
    """Case 26, a tenth of its size."""
    run = start()

    def train(name):
        for number in range(500):
            run.log({name: number, "text": "x" * (20_000 if number % 50 == 0 else 10)})

    threads = [threading.Thread(target=train, args=(f"t{n}",)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.finish()

    for number in range(16):
        assert read_metrics(run.run_dir, f"t{number}") == list(range(500))
    steps = read_metrics(run.run_dir, "global_step")
    assert steps == list(range(1, 8001))


def test_runs_started_in_one_moment_get_folders_of_their_own(script, root, monkeypatch):
    """Case 27, with threads of two processes."""
    source = (
        "import threading\nfrom runicorn.sdk.run import Run\nruns = []\n"
        "threads = [threading.Thread(target=lambda: runs.append(Run('p', capture_env=False))) for _ in range(25)]\n"
        "[thread.start() for thread in threads]; [thread.join() for thread in threads]\n"
        "[run.log(a=1) for run in runs]; [run.finish() for run in runs]"
    )
    processes = [script(source) for _ in range(2)]
    for process in processes:
        assert process.communicate(timeout=300)[1] == ""

    folders = list(root.glob("p/default/runs/*"))
    assert len(folders) == 50
    assert all((folder / "events.jsonl").read_bytes().count(b"\n") == 1 for folder in folders)


def test_an_id_that_is_taken_is_not_used_again(start, monkeypatch):
    ids = iter(["20250601_120000_aaaaaa", "20250601_120000_aaaaaa", "20250601_120000_bbbbbb"])
    monkeypatch.setattr(start_module, "new_run_id", lambda: next(ids))

    assert (start().id, start().id) == ("20250601_120000_aaaaaa", "20250601_120000_bbbbbb")
    assert runicorn.get_active_run().id == "20250601_120000_bbbbbb"
