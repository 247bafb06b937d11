"""Definitions of metrics as meta.json holds them."""

from __future__ import annotations

import pytest

from runicorn.storage.definitions import find_definition, own_axis


@pytest.mark.parametrize(
    ("metric", "found"), [("val/loss", "exact"), ("val/acc", "later"), ("train/loss", None), ("VAL/x", None)]
)
def test_the_very_name_wins_then_the_last_pattern(metric, found):
    assert find_definition({"val/*": "earlier", "val/loss": "exact", "v*/*": "later"}, metric) == found


@pytest.mark.parametrize(
    "metrics",
    [None, [], "text", {"acc": None}, {"acc": {}}, {"acc": {"step_metric": 3}}, {"acc": {"step_metric": "acc"}}],
)
def test_what_says_nothing_of_an_axis_means_the_step(metrics):
    assert own_axis({"metrics": metrics}, "acc") is None


def test_the_axis_is_the_step_metric():
    assert own_axis({"metrics": {"*": {"step_metric": "epoch"}}}, "acc") == "epoch"
