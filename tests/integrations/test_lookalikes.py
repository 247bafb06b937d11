"""The modules that stand in for TensorBoard's writer and for wandb; they need neither."""

from __future__ import annotations

import numpy as np
import pytest

import runicorn
from runicorn.integrations import wandb
from runicorn.integrations.tensorboard import SummaryWriter


def test_a_script_for_tensorboard_logs_here(written):
    with SummaryWriter("runs/exp1", comment="-lr0.1", project="tb", capture_env=False) as writer:
        for step in range(3):
            writer.add_scalar("loss/train", np.float32(1 / (step + 1)), step, walltime=1.0)
        writer.add_scalars("acc", {"a": 0.5, "b": 0.25}, 3)
        writer.add_text("note", "hello", 3)
        writer.add_image("img", np.zeros((3, 4, 5), dtype=np.uint8), 3)
        writer.add_images("batch", np.zeros((2, 3, 4, 5), dtype=np.uint8), 3)
        writer.add_histogram("weights", np.arange(10), 3, bins="auto")
        writer.add_audio("tone", np.zeros((1, 100)), 3, 8000)
        writer.add_video("clip", np.zeros((1, 2, 3, 4, 5), dtype=np.uint8), 3, fps=2)
        writer.add_hparams({"lr": 0.1}, {"hparam/acc": 0.5})
        writer.flush()

    run = written()
    assert [step for step, _ in run.metrics("loss/train")] == [0, 1, 2]
    assert run.metrics("acc/b") == [(3, 0.25)]
    kinds = [event["type"] for event in run.events if event["type"] != "metrics"]
    assert kinds == ["text", "image", "image", "image", "histogram", "audio", "video"]
    assert {event["data"]["step"] for event in run.events if event["type"] != "metrics"} == {3}
    assert (run.config, run.summary, run.status) == ({"lr": 0.1}, {"hparam/acc": 0.5}, "finished")


def test_a_writer_that_fails_says_so(written):
    with pytest.raises(ValueError), SummaryWriter(capture_env=False) as writer:
        writer.add_scalar("a", 1)
        raise ValueError

    assert written().status == "failed"


def test_a_writer_uses_the_active_run_and_does_not_end_it(written):
    run = runicorn.init("p", capture_env=False)
    writer = SummaryWriter()
    writer.add_scalar("a", 1, 5)
    writer.close()

    assert (written().metrics("a"), written().status) == ([(5, 1)], "running")
    run.finish()


def test_a_script_for_wandb_logs_here(written):
    run = wandb.init(
        project="my/project", name="first try!", entity="me", config={"lr": 0.1}, tags=["a"], settings=object()
    )
    wandb.define_metric("acc", summary="max")
    wandb.config.batch_size = 32
    wandb.config.update({"optimizer": {"name": "adam"}}, allow_val_change=True)
    assert wandb.run is run
    wandb.watch(object(), log="all")
    wandb.log({"loss": 0.5}, commit=False)
    wandb.log({"acc": 0.9})
    wandb.log({"loss": 0.25, "acc": 0.8, "nested": {"a": 1}}, step=7)
    table = wandb.Table(columns=["a", "b"])
    table.add_data(1, 2)
    wandb.log({"table": table, "hist": wandb.Histogram([1, 2, 3])})
    wandb.summary["final"] = 1
    wandb.alert("Low", "accuracy", level="WARN")
    wandb.log({"late": 1}, commit=False)
    wandb.finish()
    wandb.finish()

    found = written()
    assert found.folder.parts[-4:-2] == ("my_project", "first_try_")
    assert found.metrics("loss") == [(1, 0.5), (7, 0.25)]
    assert found.metrics("acc") == [(1, 0.9), (7, 0.8)]
    assert found.metrics("late") == [(9, 1)]
    assert found.config["optimizer"] == {"name": "adam"}
    assert (found.config["lr"], found.config["batch_size"]) == (0.1, 32)
    assert found.summary == {"final": 1, "acc.max": 0.9}
    assert {event["type"] for event in found.events} == {"metrics", "table", "histogram"}
    assert found.status == "finished"
    assert wandb.run is None


def test_the_run_of_wandb_has_the_same_calls(written):
    assert wandb.login(key="secret")
    with wandb.init(project="p") as run:
        run.log({"a": 1}, step=3, commit=False)
        run.log({"b": 2}, step=3)
        run.log({"a": 3}, step=4, commit=False)
        run.log({"a": 4}, step=5)
        run.watch(object())
        run.define_metric("a", goal="maximize")
        run.summary["final"] = 1
        run.log({"late": 1}, commit=False)
        assert (run.project, run.id, run.config.as_dict()) == ("p", wandb.run.id, {})

    found = written()
    assert found.metrics("a") == [(3, 1), (4, 3), (5, 4)]
    assert (found.metrics("b"), found.metrics("late")) == ([(3, 2)], [(6, 1)])
    assert found.metrics("commit") == []
    assert found.status == "finished"


def test_wandb_ends_a_run_as_failed(written):
    with wandb.init(project="p"):
        wandb.log({"a": 1})
        wandb.finish(exit_code=1)

    assert written().status == "failed"


@pytest.mark.parametrize("how", ["argument", "variable"])
def test_wandb_may_be_switched_off(root, monkeypatch, how):
    if how == "variable":
        monkeypatch.setenv("WANDB_MODE", "disabled")
    wandb.init(project="p", mode="disabled" if how == "argument" else "offline")
    wandb.log({"a": 1})
    wandb.finish()

    assert list(root.iterdir()) == []


def test_an_unknown_name_of_wandb_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no 'sweep'"):
        _ = wandb.sweep
