"""Hyperparameters of every kind: `init(config=...)` and `run.config`."""

from __future__ import annotations

import argparse
import collections
import copy
import dataclasses
import math
import pathlib
import pickle
from collections.abc import Mapping
from types import SimpleNamespace

import pytest

from runicorn.sdk.config import Config, to_mapping


@dataclasses.dataclass
class Optimizer:
    name: str = "adam"
    betas: tuple[float, float] = (0.9, 0.99)


@dataclasses.dataclass
class Training:
    lr: float = 0.1
    optimizer: Optimizer = dataclasses.field(default_factory=Optimizer)


class OmegaLike(dict):
    """A mapping of another library."""


class PydanticLike:
    def model_dump(self):
        return {"lr": 0.1}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"lr": 0.1, "sizes": (1, 2)}, {"lr": 0.1, "sizes": [1, 2]}),
        (argparse.Namespace(lr=0.1, path=pathlib.PurePosixPath("x")), {"lr": 0.1, "path": "x"}),
        (Training(), {"lr": 0.1, "optimizer": {"name": "adam", "betas": [0.9, 0.99]}}),
        (OmegaLike(a=OmegaLike(b=1)), {"a": {"b": 1}}),
        (PydanticLike(), {"lr": 0.1}),
        ({"act": math.sqrt, "kind": dict, "none": None, "nan": math.inf}, None),
        ("text", {"value": "'text'"}),
        (7, {"value": "7"}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_configurations_of_every_kind_are_taken(values, expected):
    found = to_mapping(values)
    if expected is None:
        expected = {"act": "math.sqrt", "kind": "builtins.dict", "none": None, "nan": math.inf}
    assert found == expected


def test_a_config_is_read_and_changed_like_a_mapping_and_like_an_object():
    changes = []
    config = Config({"lr": 0.1, "opt": {"name": "sgd", "momentum": 0.9}}, lambda: changes.append(1))

    config.lr = 0.2
    config["opt"]["name"] = "adam"
    config.opt.weight_decay = 0.01
    config.update({"opt": {"momentum": 0.8}, "new": 1}, seed=3)

    assert config.as_dict() == {
        "lr": 0.2,
        "opt": {"name": "adam", "momentum": 0.8, "weight_decay": 0.01},
        "new": 1,
        "seed": 3,
    }
    assert len(changes) == 4
    assert (config.opt.name, "lr" in config, len(config), config.get("none")) == ("adam", True, 4, None)
    with pytest.raises(AttributeError, match="no 'momentum'"):
        _ = config.momentum


class HalfGiven(Mapping):
    """Like OmegaConf: a mapping that refuses an item nobody gave a value."""

    def __getitem__(self, name):
        if name == "missing":
            raise LookupError("Missing mandatory value: missing")
        return {"lr": 0.1}[name]

    def __iter__(self):
        return iter(["lr", "missing"])

    def __len__(self):
        return 2


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {"training": Training(lr=0.5)},
            {"training": {"lr": 0.5, "optimizer": {"name": "adam", "betas": [0.9, 0.99]}}},
        ),
        ({"all": [argparse.Namespace(a=1), SimpleNamespace(b=2)]}, {"all": [{"a": 1}, {"b": 2}]}),
        ({"layers": collections.deque([1, 2])}, {"layers": [1, 2]}),
        (HalfGiven(), {"lr": 0.1, "missing": "<LookupError>"}),
        ({"inner": HalfGiven()}, {"inner": {"lr": 0.1, "missing": "<LookupError>"}}),
    ],
    ids=["dataclass inside", "namespaces in a list", "deque", "half given", "half given inside"],
)
def test_a_configuration_keeps_its_structure_however_deep(start, read_document, values, expected):
    run = start(config=values)

    assert run.config.as_dict() == expected
    assert read_document(run.run_dir, "config.json") == expected


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda config: pickle.loads(pickle.dumps(config))])
def test_a_copy_of_a_configuration_changes_nothing(start, read_document, duplicate):
    """A worker that is handed `run.config` gets one."""
    run = start(config={"lr": 1, "optimizer": {"name": "adam"}})
    other = duplicate(run.config)
    other.lr = 2

    assert (other.lr, other.optimizer.name) == (2, "adam")
    assert read_document(run.run_dir, "config.json")["lr"] == run.config.lr == 1
    assert duplicate(run.config.optimizer).name == "adam"
