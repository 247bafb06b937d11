"""A run's hyperparameters: `run.config`, kept in `config.json`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from runicorn.sdk.values import describe, to_json_or_text


class Config(Mapping[str, Any]):
    """Hyperparameters by name, nested at will: `config["lr"]`, `config.optimizer.lr`, `config.lr = 0.1`.

    Values are kept as JSON; what JSON cannot hold is kept as a short text. Changes are written at once.
    """

    def __init__(self, values: Mapping[str, Any], changed: Callable[[], None]) -> None:
        object.__setattr__(self, "_values", dict(values))
        object.__setattr__(self, "_changed", changed)

    def update(self, values: Any = None, /, **more: Any) -> None:
        """Merge in a mapping, an `argparse.Namespace`, a dataclass, an OmegaConf or a pydantic object."""
        _merge(self._values, {**(to_mapping(values) if values is not None else {}), **to_json_or_text(more)})
        self._changed()

    def as_dict(self) -> dict[str, Any]:
        """Return a copy of everything, nested as it was given."""
        return to_json_or_text(self._values)

    def __getitem__(self, name: str) -> Any:
        value = self._values[name]
        return Section(value, self._changed) if isinstance(value, dict) else value

    def __setitem__(self, name: str, value: Any) -> None:
        self._values[str(name)] = to_json_or_text(value)
        self._changed()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name not in self._values:
            raise AttributeError(f"The configuration has no {name!r}.")
        return self[name]

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies, also those in other processes, know the values and write nothing."""
        return Config, (self.as_dict(), _write_nothing)

    def __repr__(self) -> str:
        return f"Config({self._values!r})"


class Section(Config):
    """A nested part of a configuration; it shares the values of the whole."""

    def __init__(self, values: dict[str, Any], changed: Callable[[], None]) -> None:
        super().__init__({}, changed)
        object.__setattr__(self, "_values", values)


def _write_nothing() -> None:
    """What a copy does when it is changed."""


def to_mapping(values: Any) -> dict[str, Any]:
    """Return hyperparameters as nested JSON; a value of a type that holds no names is kept as `{"value": ...}`."""
    found = to_json_or_text(values)
    if not isinstance(found, dict) and hasattr(values, "__dict__") and not isinstance(values, type):
        found = to_json_or_text(vars(values))
    return found if isinstance(found, dict) else {"value": describe(values)}


def _merge(target: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(target.get(name), dict):
            _merge(target[name], value)
        else:
            target[name] = value
