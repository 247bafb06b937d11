"""Our style sheets and ES modules and uPlot's files, read from the installed packages. Viewer and report share them."""

from __future__ import annotations

import importlib.util
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from runicorn.errors import NotFound

STYLES = (
    "vendor/uplot.css",
    "css/tokens.css",
    "css/base.css",
    "css/layout.css",
    "css/controls.css",
    "css/table.css",
    "css/run.css",
    "css/chart.css",
    "css/log.css",
    "css/remote.css",
)
"""Every style sheet of a page, in order."""

_VENDOR = {"vendor/uplot.css": "uPlot.min.css", "vendor/uplot.js": "uPlot.iife.js"}
_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


def read_asset(name: str) -> bytes:
    """Return the file `name`, such as "css/base.css" or "vendor/uplot.js". Raises NotFound for any other text."""
    if name in _VENDOR:
        return _read_vendor(name)
    if name not in _own():
        raise NotFound("Not Found")
    return _own()[name].read_bytes()


def media_type(name: str) -> str:
    """Return the Content-Type of an asset."""
    return f"{_TYPES[name.rpartition('.')[2]]}; charset=utf-8"


def modules() -> dict[str, str]:
    """Return the asset behind every bare module name: {"runicorn/chart": "js/chart.js", ..., "uplot": ...}."""
    own = {f"runicorn/{name[3:-3]}": name for name in sorted(_own()) if name.startswith("js/")}
    return {**own, "uplot": "vendor/uplot.js"}


@cache
def _own() -> dict[str, Traversable]:
    folder = files("runicorn.static")
    found = {
        f"{kind}/{file.name}": file for kind in ("css", "js") for file in (folder / kind).iterdir() if file.is_file()
    }
    return {**found, "icon.svg": folder / "icon.svg"}


@cache
def _read_vendor(name: str) -> bytes:
    content = (_uplot_folder() / _VENDOR[name]).read_bytes()
    if name.endswith(".js"):  # published as a script that defines a global; a module needs its export
        content += b"\nexport default uPlot;\n"
    return content


@cache
def _uplot_folder() -> Path:
    """Found without importing the package, which would load IPython."""
    spec = importlib.util.find_spec("uplot")
    if spec is None or not spec.submodule_search_locations:
        raise NotFound("The package uplot-python is not installed.")
    return Path(spec.submodule_search_locations[0]) / "static"
