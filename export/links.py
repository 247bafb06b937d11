"""How a page reaches other pages, static files and samples: by HTTP in the viewer, by file or data: URL in a report."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlencode

from runicorn.export import assets

MAX_INSIDE = 8 << 20


class Links(Protocol):
    """What a template may ask.

    live        whether a server answers behind the page
    one_file    whether the page carries every sample in itself, so that showing one twice doubles it
    nonce       what the one inline script, the import map, carries under a Content-Security-Policy
    script()    the plain script that brings the modules, where the import map does not stand in the page itself
    sections()  (key, label, address) of the main pages
    """

    @property
    def live(self) -> bool: ...
    @property
    def one_file(self) -> bool: ...
    @property
    def nonce(self) -> str: ...

    def home(self, **query: object) -> str: ...
    def run(self, run_id: str) -> str: ...
    def compare(self, run_ids: Iterable[str] = ()) -> str: ...
    def media(self, run_id: str, path: str, file: Path | None) -> str: ...
    def page(self, name: str) -> str: ...
    def asset(self, name: str) -> str: ...
    def import_map(self) -> str: ...
    def script(self) -> str | None: ...
    def sections(self) -> list[tuple[str, str, str]]: ...


@dataclass(frozen=True, slots=True)
class ViewerLinks:
    """Addresses of the running viewer.

    `nonce` allows the one inline script, the import map. `onward` is false for a viewer at the far end of a tunnel,
    which makes no connections of its own.
    """

    nonce: str = ""
    live: bool = True
    one_file: bool = False
    onward: bool = True

    def home(self, **query: object) -> str:
        return "/" + _query(query)

    def run(self, run_id: str) -> str:
        return f"/runs/{quote(run_id, safe='')}"

    def compare(self, run_ids: Iterable[str] = ()) -> str:
        return "/compare" + _query({"run": list(run_ids)})

    def media(self, run_id: str, path: str, file: Path | None) -> str:
        return f"{self.run(run_id)}/{quote(path)}"

    def artifact(self, type: str, name: str, version: int | None = None) -> str:
        return f"/artifacts/{quote(type, safe='')}/{quote(name, safe='')}" + _query({"version": version})

    def sql(self, query: str) -> str:
        return "/sql" + _query({"q": query})

    def page(self, name: str) -> str:
        return f"/{name}"

    def asset(self, name: str) -> str:
        return f"/static/{name}"

    def import_map(self) -> str:
        return import_map(self.asset)

    def script(self) -> None:
        return None

    def sections(self) -> list[tuple[str, str, str]]:
        own = [(name, label, f"/{name}") for name, label in _SECTIONS if self.onward or name != "remote"]
        return [("runs", "Runs", "/"), *own]


@dataclass(frozen=True, slots=True)
class SiteLinks:
    """Addresses inside a folder of pages, for a page `depth` folders below its top.

    A browser loads no module from file://, so the one plain script `static/modules.js` (see `module_script`) brings
    the modules as data: URLs; style sheets and images are plain files. `comparison` tells whether there is a page
    that compares the runs.
    """

    depth: int = 0
    comparison: bool = False
    live: bool = False
    one_file: bool = False
    nonce: str = ""

    @property
    def top(self) -> str:
        return "../" * self.depth

    def home(self, **query: object) -> str:
        return f"{self.top}index.html"

    def run(self, run_id: str) -> str:
        return f"{self.top}runs/{quote(run_id, safe='')}/index.html"

    def compare(self, run_ids: Iterable[str] = ()) -> str:
        return f"{self.top}compare.html"

    def media(self, run_id: str, path: str, file: Path | None) -> str:
        return f"{self.top}runs/{quote(run_id, safe='')}/{quote(path)}"

    def page(self, name: str) -> str:
        return f"{self.top}{name}.html"

    def asset(self, name: str) -> str:
        return f"{self.top}static/{name}"

    def import_map(self) -> str:
        return import_map(data_url)

    def script(self) -> str:
        return f"{self.top}static/modules.js"

    def sections(self) -> list[tuple[str, str, str]]:
        compare = [("compare", "Compare", self.compare())] if self.comparison else []
        return [("runs", "Runs", self.home()), *compare]


@dataclass(frozen=True, slots=True)
class SingleFileLinks:
    """Everything inside one file: style sheets, modules and samples as data: URLs, other runs as anchors.

    A sound or video of more than MAX_INSIDE bytes stays outside.
    """

    comparison: bool = False
    live: bool = False
    one_file: bool = True
    nonce: str = ""

    def home(self, **query: object) -> str:
        return "#runs"

    def run(self, run_id: str) -> str:
        return f"#run-{quote(run_id, safe='')}"

    def compare(self, run_ids: Iterable[str] = ()) -> str:
        return "#compare"

    def media(self, run_id: str, path: str, file: Path | None) -> str:
        kind = (file and media_type(file.name)) or "application/octet-stream"
        if file is None or (not kind.startswith("image/") and file.stat().st_size > MAX_INSIDE):
            return ""
        return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"

    def page(self, name: str) -> str:
        return f"#{name}"

    def asset(self, name: str) -> str:
        return data_url(name)

    def import_map(self) -> str:
        return import_map(data_url)

    def script(self) -> None:
        return None

    def sections(self) -> list[tuple[str, str, str]]:
        compare = [("compare", "Compare", self.compare())] if self.comparison else []
        return [("runs", "Runs", self.home()), *compare]


def import_map(asset: Callable[[str], str]) -> str:
    """Return the import map as JSON; `asset` gives the URL of an asset."""
    return json.dumps({"imports": {name: asset(path) for name, path in assets.modules().items()}})


@cache
def module_script() -> str:
    """Return the plain script that gives a page of a site its import map and starts its modules."""
    return (
        'const map = document.createElement("script");\nmap.type = "importmap";\n'
        f"map.textContent = JSON.stringify({import_map(data_url)});\n"
        'document.head.append(map);\nimport("runicorn/start");\n'
    )


@cache
def data_url(name: str) -> str:
    """Return an asset as a data: URL."""
    kind = assets.media_type(name).replace("; ", ";")
    return f"data:{kind};base64,{base64.b64encode(assets.read_asset(name)).decode()}"


def media_type(name: str) -> str | None:
    """Return the type of a raster image, sound or video that a page may show, judged by its file name, else None."""
    return _MEDIA.get(name.rpartition(".")[2].lower())


_SECTIONS = (("artifacts", "Artifacts"), ("sql", "SQL"), ("remote", "Remote"), ("recycle-bin", "Recycle bin"))
_MEDIA = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "bmp": "image/bmp",
    "avif": "image/avif",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mov": "video/quicktime",
    "ogv": "video/ogg",
}


def _query(values: dict[str, object]) -> str:
    """Leave out what is empty, so that addresses stay short."""
    pairs = {key: value for key, value in values.items() if value not in (None, "", [], ())}
    return "?" + urlencode(pairs, doseq=True) if pairs else ""
