"""The templates: strict, escaped, without inline scripts and styles."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import jinja2
import pytest

from runicorn.export import assets
from runicorn.export.links import SingleFileLinks, SiteLinks, ViewerLinks, module_script
from runicorn.export.pages import Pages, environment

SOURCES = [
    f"{kind}/{file.name}"
    for kind in ("pages", "components")
    for file in files("runicorn.templates").joinpath(kind).iterdir()
]
ERROR = {"page": "", "root": "/r", "status": 404, "title": "Not Found", "message": "<b>&"}


@pytest.mark.parametrize("name", SOURCES)
def test_a_template_has_no_inline_script_style_or_handler(name: str):
    source = files("runicorn.templates").joinpath(name).read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", source)
    assert not re.search(r"<script(?![^>]*(src=|application/json))", source)


@pytest.mark.parametrize("name", SOURCES)
def test_text_is_never_marked_as_safe(name: str):
    assert "|safe" not in files("runicorn.templates").joinpath(name).read_text(encoding="utf-8")


def test_a_missing_value_is_an_error():
    with pytest.raises(jinja2.UndefinedError):
        Pages(ViewerLinks()).render("error", page="", root="/r")


def test_text_is_escaped():
    assert "<p>&lt;b&gt;&amp;</p>" in Pages(ViewerLinks()).render("error", **ERROR)


def test_the_viewers_import_map_carries_the_nonce():
    page = Pages(ViewerLinks(nonce="abc")).render("error", **ERROR)
    found = re.search(r'<script type="importmap" nonce="abc">(.*?)</script>', page)
    assert json.loads(found[1])["imports"]["uplot"] == "/static/vendor/uplot.js"


def test_a_single_file_asks_for_nothing():
    page = Pages(SingleFileLinks()).render("error", **ERROR)
    assert set(re.findall(r'(?:src|href)="(\w+:|#|[^"]{0,20})', page)) <= {"data:", "#"}


def test_a_site_reaches_its_files_from_any_depth():
    page = Pages(SiteLinks(2)).render("error", **ERROR)
    assert '<script src="../../static/modules.js" defer>' in page
    assert "importmap" not in page
    assert "data:text/javascript" in module_script()


def test_every_asset_a_page_names_is_there():
    for name in (*assets.STYLES, *assets.modules().values(), "icon.svg"):
        assert assets.read_asset(name)


@pytest.mark.parametrize("name", ["", "css", "../errors.py", "css/../js/start.js", "/etc/passwd", "js/none.js"])
def test_nothing_else_is_an_asset(name: str):
    with pytest.raises(LookupError):
        assets.read_asset(name)


def test_the_templates_compile():
    for name in SOURCES:
        environment().get_template(name)
