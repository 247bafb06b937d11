"""Render the templates. The viewer and the report use the same ones."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import jinja2

from runicorn._version import __version__
from runicorn.export import assets, formats
from runicorn.export.links import Links
from runicorn.export.markdown import render_markdown


class Pages:
    """Renders pages whose addresses come from `links`."""

    def __init__(self, links: Links) -> None:
        self._links = links

    def render(self, name: str, /, **context: Any) -> str:
        """Return the page templates/pages/`name`.html. A name the template misses raises jinja2.UndefinedError."""
        return environment().get_template(f"pages/{name}.html").render(links=self._links, **context)


@cache
def environment() -> jinja2.Environment:
    """Return the one Jinja2 environment: escaping always on, missing values an error."""
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(_source),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        number=formats.number,
        count=formats.count,
        duration=formats.duration,
        when=formats.when,
        iso=formats.iso,
        size=formats.size,
        plain=formats.plain,
        breakable=formats.breakable,
        json=formats.embedded_json,
        markdown=render_markdown,
    )
    made.globals.update(version=__version__, styles=assets.STYLES)
    return made


def _source(name: str) -> str | None:
    file = files("runicorn.templates").joinpath(name)
    return file.read_text(encoding="utf-8") if file.is_file() else None
