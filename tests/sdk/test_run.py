"""A run from `init` to `finish`: the files it writes and the documented behaviour of every call."""

from __future__ import annotations

import json
import os
import platform
import re
import socket
import threading

import pytest

import runicorn
from runicorn.errors import Conflict, InvalidName, RunNotFound
from runicorn.sdk import active


def test_a_run_has_the_documented_folder_and_documents(start, root, read_document):
    run = start(name="base")

    assert run.run_dir == root / "vision" / "base" / "runs" / run.id
    assert re.fullmatch(r"\d{8}_\d{6}_[0-9a-f]{6}", run.id)
    assert run.media_dir.is_dir()
    meta = read_document(run.run_dir, "meta.json")
    assert {key: meta[key] for key in ("id", "project", "name", "hostname", "pid", "storage_dir", "python")} == {
        "id": run.id,
        "project": "vision",
        "name": "base",
        "hostname": socket.gethostname(),
        "pid": os.getpid(),
        "storage_dir": str(root),
        "python": platform.python_version(),
    }
    assert isinstance(meta["created_at"], float)
    assert meta["process"]["pid"] == os.getpid()
    status = read_document(run.run_dir, "status.json")
    assert status["status"] == "running"
    assert isinstance(status["started_at"], float)
    assert not (run.run_dir / "events.jsonl").exists()


def test_a_run_knows_where_it_is(start, root):
    run = start(name="base")

    assert (run.project, run.name, run.storage_root) == ("vision", "base", root)
    assert run.project_dir == root / "vision"
    assert run.experiment_dir == root / "vision" / "base"
    assert run.runs_dir == root / "vision" / "base" / "runs"
    assert run.media_dir == run.run_dir / "media"


def test_a_run_has_every_documented_attribute(start):
    run = start()
    run.log(loss=1.5)

    assert run.monitor.get_statistics("loss")["last"] == 1.5
    assert run.anomaly_detector.is_anomaly("loss", float("nan"))
    assert run.artifact_storage.list_artifacts() == []
    assert run.storage_backend is None
    assert (run.step, run.is_owner, run.is_finished) == (1, True, False)


def test_no_name_means_default(start, read_document):
    run = start("")

    assert run.run_dir.parent.parent.name == "default"
    assert run.project == "default"
    assert read_document(run.run_dir, "meta.json")["name"] == run.name == "default"


def test_a_name_is_made_up_when_asked_for(start, read_document):
    names = {start(name="auto").name for _ in range(5)}

    assert len(names) == 5
    assert all(re.fullmatch(r"[a-z]+-[a-z]+-\d{2,3}", name) for name in names)


@pytest.mark.parametrize("options", [{"project": "a/b"}, {"name": ".."}, {"run_id": "x/../y"}, {"project": "runs"}])
def test_names_that_no_folder_can_have_are_refused(start, options, root):
    with pytest.raises(InvalidName):
        start(**options)
    assert list(root.iterdir()) == []


def test_events_have_the_documented_shape(start, read_events):
    run = start()
    run.log({"loss": 0.5, "epoch": 1}, acc=0.9, loss=0.25)

    (event,) = read_events(run.run_dir)

    data = event["data"]
    assert event["type"] == "metrics"
    assert data == {"loss": 0.25, "epoch": 1, "acc": 0.9, "global_step": 1, "time": event["ts"]}


def test_an_empty_log_is_an_event_of_step_and_time(start, read_events):
    run = start()
    run.log({})
    run.log()

    assert [set(event["data"]) for event in read_events(run.run_dir)] == [{"global_step", "time"}] * 2


def test_steps_follow_the_documented_rule(start, caplog, read_metrics):
    run = start()
    for step in (None, None, 10, None, "12", 3.9, None, "soon", float("nan"), 2, True):
        run.log({"a": 1}, step=step)

    assert read_metrics(run.run_dir, "global_step") == [1, 2, 10, 11, 12, 3, 4, 5, 6, 2, 1]
    assert len([record for record in caplog.records if "whole number" in record.message]) == 1


def test_step_keys_among_the_values_are_left_out(start, read_events):
    run = start()
    run.log({"step": 99, "global_step": 98, "a": 1})

    (event,) = read_events(run.run_dir)
    assert set(event["data"]) == {"a", "global_step", "time"}
    assert event["data"]["global_step"] == 1


def test_the_stage_argument_wins_over_a_stage_key(start, read_metrics):
    run = start()
    run.log({"stage": "key"})
    run.log({"stage": "key"}, stage="argument")
    run.log({}, stage={"fold": 1})

    assert read_metrics(run.run_dir, "stage") == ["key", "argument", {"fold": 1}]


def test_text_is_stamped_and_keeps_its_line_breaks(start):
    run = start()
    run.log_text("one\ntwo ✓")
    run.log_text(7)

    text = (run.run_dir / "logs.txt").read_text(encoding="utf-8")
    assert re.fullmatch(r"\d\d:\d\d:\d\d \| one\ntwo ✓\n\d\d:\d\d:\d\d \| 7\n", text)


def test_the_summary_is_merged_at_once(start, read_document):
    run = start()
    run.summary({"a": 1, "b": {"c": [1, 2]}})
    run.summary({"a": 2})
    run.summary["d"] = 4

    assert read_document(run.run_dir, "summary.json") == {"a": 2, "b": {"c": [1, 2]}, "d": 4}
    assert run.summary["a"] == 2


def test_the_best_value_of_the_primary_metric_goes_into_the_summary(start, read_document):
    run = start()
    run.set_primary_metric("acc")
    for value in (float("nan"), 0.5, 0.9, 0.7, float("inf"), "high", 0.8):
        run.log(acc=value)
    run.finish()

    assert read_document(run.run_dir, "summary.json") == {
        "best_metric_value": 0.9,
        "best_metric_name": "acc",
        "best_metric_step": 3,
        "best_metric_mode": "max",
    }


def test_the_smallest_value_is_best_when_asked_for(start, read_document):
    run = start()
    run.set_primary_metric("loss", mode="min")
    for value in (float("-inf"), 3, 1, 2):
        run.log(loss=value)
    run.finish()

    assert read_document(run.run_dir, "summary.json")["best_metric_value"] == 1


def test_choosing_the_primary_metric_again_starts_afresh(start, read_document):
    run = start()
    run.set_primary_metric("loss", mode="max")
    run.log(loss=9)
    run.set_primary_metric("loss", mode="min")
    run.log(loss=5)
    run.finish()

    assert read_document(run.run_dir, "summary.json")["best_metric_value"] == 5


def test_an_unknown_mode_is_a_value_error(start):
    with pytest.raises(ValueError, match="'max' or 'min'"):
        start().set_primary_metric("loss", mode="low")


def test_finish_writes_status_and_end_and_may_be_called_again(start, read_metrics, read_document):
    run = start()
    run.log(a=1)
    run.finish("failed")
    first = read_document(run.run_dir, "status.json")
    run.log(a=2)
    run.finish()

    assert (first["status"], first["ended_at"] >= first["started_at"]) == ("failed", True)
    assert read_document(run.run_dir, "status.json")["status"] == "finished"
    assert read_metrics(run.run_dir, "a") == [1, 2]


@pytest.mark.parametrize(
    ("error", "status"), [(None, "finished"), (ValueError("x"), "failed"), (KeyboardInterrupt(), "interrupted")]
)
def test_a_with_block_says_how_the_run_ended(start, error, status, read_document):
    def train():
        with run:
            if error is not None:
                raise error

    run = start()
    if error is None:
        train()
    else:
        with pytest.raises(type(error)):
            train()

    assert read_document(run.run_dir, "status.json")["status"] == status


def test_finish_ends_the_thread_of_the_run(start):
    run = start()
    run.log(a=1)
    run.finish()

    assert [thread.name for thread in threading.enumerate() if run.id in thread.name] == []


def test_the_last_run_started_is_the_active_one(start, read_metrics, read_document):
    assert runicorn.get_active_run() is None
    first, second = start(), start()
    assert runicorn.get_active_run() is second

    runicorn.log(a=1)
    runicorn.log_text("hello")
    runicorn.summary({"x": 1})
    runicorn.set_primary_metric("a")
    first.log(a=7)
    runicorn.finish()

    assert read_metrics(second.run_dir, "a") == [1]
    assert read_metrics(first.run_dir, "a") == [7]
    assert read_document(second.run_dir, "summary.json")["x"] == 1
    assert runicorn.get_active_run() is None


@pytest.mark.parametrize("call", ["log", "log_text", "summary", "set_primary_metric", "finish", "use_artifact"])
def test_without_an_active_run_the_functions_of_the_module_say_so(monkeypatch, call):
    monkeypatch.setattr(active, "_active", None)
    with pytest.raises(RuntimeError, match="No active run"):
        getattr(runicorn, call)(*([] if call in ("log", "summary", "finish") else ["x"]))


def test_labels_given_at_the_start_are_kept(start, read_document):
    run = start(tags=["a", "b"], notes="why", group="seeds", job_type="train")

    labels = read_document(run.run_dir, "labels.json")
    assert labels["tags"] == ["a", "b"]
    assert (labels["notes"], labels["group"], labels["job_type"]) == ("why", "seeds", "train")


def test_a_run_without_labels_or_config_has_no_such_files(start):
    run = start()

    assert sorted(os.listdir(run.run_dir)) == ["media", "meta.json", "status.json"]


def test_resume_continues_the_steps_and_keeps_what_was_there(start, read_events, read_metrics, read_document):
    first = start(run_id="r", config={"lr": 1})
    first.log(a=1, step=41)
    first.finish("failed")
    created = read_document(first.run_dir, "meta.json")["created_at"]

    second = start(run_id="r", config={"wd": 2})
    second.log(a=2)
    status = read_document(first.run_dir, "status.json")

    assert read_metrics(first.run_dir, "global_step") == [41, 42]
    assert read_document(first.run_dir, "meta.json")["created_at"] == created
    assert read_document(first.run_dir, "meta.json")["attempt"] == 2
    assert read_document(first.run_dir, "config.json") == {"lr": 1, "wd": 2}
    assert (status["status"], "ended_at" in status) == ("running", False)
    (mark,) = read_events(first.run_dir, kind="resume")
    assert mark["data"] == {"attempt": 2, "step": 41}


def test_a_restart_from_an_earlier_step_keeps_the_old_tail(start, read_events, read_metrics):
    """Case 35."""
    first = start(run_id="r")
    for step in (1, 2, 3):
        first.log(loss=step, step=step)
    first.finish("failed")
    second = start(run_id="r", resume="must")
    for step in (2, 3, 4):
        second.log(loss=step * 10, step=step)

    kinds = [event["type"] for event in read_events(first.run_dir)]
    assert read_metrics(first.run_dir, "loss") == [1, 2, 3, 20, 30, 40]
    assert kinds == ["metrics"] * 3 + ["resume"] + ["metrics"] * 3


def test_resume_may_be_forbidden_or_demanded(start):
    with pytest.raises(RunNotFound):
        start(run_id="r", resume="must")
    start(run_id="r", resume="never").finish()
    with pytest.raises(Conflict, match="exists already"):
        start(run_id="r", resume="never")


def test_a_run_that_is_to_be_resumed_is_looked_for_in_other_projects(start):
    start("vision", name="base", run_id="r[1]").finish()

    with pytest.raises(RunNotFound, match="It is in project='vision', name='base'"):
        start("other", run_id="r[1]", resume="must")


def test_a_resumed_run_does_not_forget_its_best_values(start, read_document):
    for values in ([0.5, 0.9], [0.7, 0.8]):
        run = start(run_id="r")
        run.set_primary_metric("acc")
        run.define_metric("acc", summary="min,max,last")
        for value in values:
            run.log(acc=value)
        run.finish()

    summary = read_document(run.run_dir, "summary.json")
    assert (summary["best_metric_value"], summary["best_metric_step"]) == (0.9, 2)
    assert (summary["acc.min"], summary["acc.max"], summary["acc.last"]) == (0.5, 0.9, 0.8)


def test_a_primary_metric_that_is_set_again_begins_afresh(start, read_document):
    run = start()
    for value in (0.9, 0.7):
        run.set_primary_metric("acc")
        run.log(acc=value)
    run.finish()

    assert read_document(run.run_dir, "summary.json")["best_metric_value"] == 0.7


def test_a_run_that_was_ended_in_its_block_keeps_that_end(start, read_document):
    with start() as run:
        run.finish("failed")

    assert read_document(run.run_dir, "status.json")["status"] == "failed"


def test_results_may_be_set_as_attributes(start, read_document):
    run = start()
    run.summary.acc = 0.5

    assert run.summary.acc == run.summary["acc"] == 0.5
    assert read_document(run.run_dir, "summary.json") == {"acc": 0.5}
    with pytest.raises(AttributeError, match="no 'loss'"):
        _ = run.summary.loss


def test_the_step_may_be_the_second_argument(start, read_metrics):
    run = start()
    run.log({"a": 1}, 7)
    runicorn.log({"a": 2}, 9)

    assert read_metrics(run.run_dir, "global_step") == [7, 9]


def test_a_run_in_the_recycle_bin_is_not_written_to(start):
    run = start(run_id="r")
    run.finish()
    (run.run_dir / ".deleted").write_text("{}")

    with pytest.raises(Conflict, match="recycle bin"):
        start(run_id="r")


@pytest.mark.parametrize("how", ["argument", "variable"])
def test_a_run_that_is_switched_off_leaves_no_trace(start, root, monkeypatch, how):
    if how == "variable":
        monkeypatch.setenv("RUNICORN_MODE", "disabled")
    run = start(config={"lr": 1}, tags=["a"], **({"mode": "disabled"} if how == "argument" else {}))
    run.log(a=1)
    run.log_text("x")
    run.log_image("k", b"x")
    run.summary({"b": 2})
    run.set_primary_metric("a")
    run.finish()

    assert list(root.iterdir()) == []
    assert run.config.lr == 1
    assert run.summary["b"] == 2


def test_an_image_is_kept_with_its_event(start, tmp_path, read_events, read_metrics):
    run = start()
    (tmp_path / "cat.png").write_bytes(b"png")

    path = run.log_image("val/cat", tmp_path / "cat.png", step=3, caption="a cat")
    run.log_image("raw", b"jpeg", format="JPG")

    first, second = read_events(run.run_dir, kind="image")
    assert re.fullmatch(r"media/\d{13}_[0-9a-f]{6}_val_cat\.png", path)
    assert first["data"] == {"key": "val/cat", "path": path, "step": 3, "caption": "a cat"}
    assert (run.run_dir / path).read_bytes() == b"png"
    assert second["data"]["path"].endswith("_raw.jpg")
    run.log(a=1)
    assert read_metrics(run.run_dir, "global_step") == [1]


def test_a_missing_image_file_is_refused(start):
    with pytest.raises(FileNotFoundError):
        start().log_image("k", "nowhere.png")


def test_arrays_and_pillow_images_become_files(start):
    image = pytest.importorskip("PIL.Image")
    import numpy as np

    run = start()
    paths = [
        run.log_image("array", np.zeros((4, 6, 3), dtype=np.uint8)),
        run.log_image("first", np.ones((3, 4, 6), dtype=np.float32)),
        run.log_image("grey", np.full((4, 6), 0.5)),
        run.log_image("mask", np.eye(4, dtype=bool)),
        run.log_image("pillow", image.new("RGBA", (6, 4)), format="jpg"),
    ]

    sizes = []
    for path in paths:
        with image.open(run.run_dir / path) as picture:
            sizes.append(picture.size)
    assert sizes == [(6, 4), (6, 4), (6, 4), (4, 4), (6, 4)]


def test_events_are_fsynced_one_by_one_when_asked(start, monkeypatch):
    calls = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: calls.append(descriptor))
    run = start(durability="sync")
    before = len(calls)
    run.log(a=1)
    run.log(a=2)

    assert len(calls) - before >= 2


def test_flush_makes_the_files_safe(start, monkeypatch):
    """Promise P2: every file of the run, and the folder that names them, is fsynced."""
    synced = set()
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: synced.add(os.path.realpath(f"/proc/self/fd/{fd}")) or real(fd))
    run = start(config={"lr": 1})
    run.log(a=1)
    run.log_text("x")
    run.summary({"b": 1})

    assert run.flush()

    if os.path.exists("/proc/self/fd"):
        names = {os.path.basename(path) for path in synced}
        assert {"events.jsonl", "logs.txt", "meta.json", "status.json", "summary.json", "config.json"} <= names
        assert str(run.run_dir) in synced


def test_the_config_is_json_on_disk(start):
    run = start(config={"lr": 0.1})
    assert json.loads((run.run_dir / "config.json").read_text()) == {"lr": 0.1}
