"""What may be logged: values of many libraries become JSON, none of those libraries is imported.

NaN and infinities stay what they are, as the tokens Python's json writes. What cannot be kept is refused by name.
"""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from enum import Enum
from os import PathLike, fspath
from types import SimpleNamespace
from typing import Any, TypeGuard

import orjson

from runicorn.sdk.media.base import Media

PLAIN_TYPES = frozenset({float, int, str, bool, type(None)})
MAX_ELEMENTS = 10_000
MAX_DEPTH = 20
SEPARATOR = "/"

Refuse = Callable[[str, str], None]
"""Called with the name of a value and why it is not kept."""


class Unkeepable(TypeError):
    """A value JSON cannot hold; the text says why."""


def encode_line(event: Mapping[str, Any]) -> bytes:
    """Return one line of JSON, newline included. Raises TypeError or ValueError for what JSON cannot hold."""
    try:
        line = orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        pass
    else:
        # orjson writes null for NaN and infinities; Python's json keeps them.
        if b"null" not in line:
            return line
    return json.dumps(event, ensure_ascii=False).encode("utf-8") + b"\n"


def flatten(values: Mapping[Any, Any], refuse: Refuse, media: dict[str, Media] | None = None) -> dict[str, Any]:
    """Return the pairs to log: nested mappings become `outer/inner`, values become JSON.

    Media go into `media` by their flat names, what cannot be kept goes to `refuse`.
    """
    found: dict[str, Any] = {}
    for name, value in _iter_flat(values, "", 0):
        if media is not None and isinstance(value, Media):
            media[name] = value
            continue
        try:
            found[_check_name(name)] = to_json(value)
        except Unkeepable as error:
            refuse(name, str(error))
    return found


def to_json(value: Any, depth: int = 0) -> Any:
    """Return `value` as something JSON can hold. Raises Unkeepable.

    Scalars and small arrays of numpy, torch, jax and tensorflow become numbers and lists, paths and dates become text.
    """
    kind = type(value)
    if kind is str:
        return _check_text(value)
    if kind is int:
        return _check_int(value)
    if kind in PLAIN_TYPES:
        return value
    if depth > MAX_DEPTH:
        raise Unkeepable(f"it is nested more than {MAX_DEPTH} deep, or contains itself")
    return _convert(value, depth)


def to_json_or_text(value: Any, depth: int = 0) -> Any:
    """Return `value` as JSON, with a short description in the place of what JSON cannot hold. Raises nothing."""
    try:
        value = open_up(value)
        if isinstance(value, Mapping) and depth <= MAX_DEPTH:
            return {_describe_key(key): _item_or_text(value, key, depth) for key in value}
        if _is_list(value) and depth <= MAX_DEPTH:
            return [to_json_or_text(item, depth + 1) for item in value]
        return to_json(value, depth)
    except Exception:  # noqa: BLE001 - the user's own code, anything may come
        return describe(value)


def open_up(value: Any) -> Any:
    """Return a dataclass, pydantic or argparse object as the mapping it stands for, anything else as it is."""
    if type(value) in PLAIN_TYPES or isinstance(value, type):
        return value
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name, None) for field in dataclasses.fields(value)}
    if callable(getattr(value, "model_dump", None)):
        return value.model_dump()
    argparse = sys.modules.get("argparse")
    if isinstance(value, SimpleNamespace) or (argparse is not None and isinstance(value, argparse.Namespace)):
        return vars(value)
    return value


def describe(value: Any) -> str:
    """Return a short text for any object, even one whose own `__repr__` fails."""
    if isinstance(value, type) or callable(value):
        name = getattr(value, "__qualname__", None)
        if isinstance(name, str):
            return f"{getattr(value, '__module__', '')}.{name}"
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - the user's own code, anything may come
        text = f"<{type(value).__name__}>"
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= 500 else text[:497] + "..."


def is_finite_number(value: Any) -> TypeGuard[float]:
    """Tell whether `value`, as it was made by `to_json`, is a number or truth value that can be compared."""
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def _iter_flat(values: Mapping[Any, Any], prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        name = prefix + (key if isinstance(key, str) else _describe_key(key))
        if isinstance(value, Mapping) and depth < MAX_DEPTH:
            yield from _iter_flat(value, name + SEPARATOR, depth + 1)
        else:
            yield name, value


def _item_or_text(mapping: Mapping[Any, Any], key: Any, depth: int) -> Any:
    """Some mappings, such as OmegaConf's, refuse an item that was never given a value."""
    try:
        item = mapping[key]
    except Exception as error:  # noqa: BLE001 - the user's own code, anything may come
        return f"<{type(error).__name__}>"
    return to_json_or_text(item, depth + 1)


def _is_list(value: Any) -> bool:
    if isinstance(value, list | tuple | set | frozenset):
        return True
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray) and len(value) <= MAX_ELEMENTS


def _describe_key(key: Any) -> str:
    if isinstance(key, Enum):
        key = key.value
    return key.encode("utf-8", "replace").decode() if isinstance(key, str) else describe(key)


def _convert(value: Any, depth: int) -> Any:
    if isinstance(value, Enum):
        return to_json(value.value, depth + 1)
    if isinstance(value, str):
        return _check_text(str.__str__(value))
    if isinstance(value, int):
        return _check_int(int.__int__(value))
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Mapping):
        return {_check_text(_describe_key(key)): to_json(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return _to_list(value, depth)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, PathLike):
        return _check_text(str(fspath(value)))
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return _from_array(value, depth)
    if hasattr(value, "__float__"):
        return _to_float(value)
    raise Unkeepable(f"a value of type {type(value).__name__} cannot be kept as JSON")


def _from_array(value: Any, depth: int) -> Any:
    """Numbers and arrays of numpy, torch, jax and tensorflow, by the protocol they share."""
    try:
        size = math.prod(int(extent) for extent in value.shape)
        if size > MAX_ELEMENTS:
            raise Unkeepable(f"an array of {size} elements is too large for a metric; log a Histogram or a Table")
        if not hasattr(value, "tolist"):
            value = value.numpy()
        found = value.item() if size == 1 else value.tolist()
        return to_json(float(found) if type(found) is type(value) else found, depth + 1)
    except Unkeepable:
        raise
    except Exception as error:
        raise Unkeepable(f"its value cannot be read: {type(error).__name__}") from error


def _to_float(value: Any) -> float:
    """Numbers of any other kind, such as Decimal and Fraction."""
    try:
        return float(value)
    except OverflowError as error:
        raise Unkeepable("it is beyond the range of a float") from error
    except Exception as error:
        raise Unkeepable(f"its value cannot be read: {type(error).__name__}") from error


def _to_list(value: list[Any] | tuple[Any, ...], depth: int) -> list[Any]:
    if len(value) > MAX_ELEMENTS:
        raise Unkeepable(f"a list of {len(value)} elements is too long for a metric; log a Histogram or a Table")
    return [to_json(item, depth + 1) for item in value]


def _check_name(name: str) -> str:
    if not name:
        raise Unkeepable("a metric needs a name")
    return _check_text(name)


def _check_text(text: str) -> str:
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise Unkeepable("the text is not valid Unicode") from error
    return text


def _check_int(value: int) -> int:
    if value.bit_length() > 4096:
        raise Unkeepable("the integer has more than 4096 bits")
    return value
