"""The pages: every address outside /api that a person opens."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import unquote

from flask import Blueprint, Flask, Response, request, send_file
from werkzeug.datastructures import MultiDict

from runicorn.errors import NotFound
from runicorn.export import context, context_artifacts, context_sql
from runicorn.export.comparison import MAX_RUNS, compare_page
from runicorn.export.links import ViewerLinks, media_type
from runicorn.export.pages import Pages
from runicorn.export.table import MAX_PER_PAGE, PER_PAGE, Choice
from runicorn.query.records import RunRecord
from runicorn.storage.names import resolve_below
from runicorn.viewer import answers, assets, current
from runicorn.viewer.remote_page import remote_page

MOST_NAMED_RUNS = 10
COLUMNS_COOKIE = "runicorn_columns"
READING_S = 0.7
"""A reading that ends this soon is waited for without a word."""

pages = Blueprint("pages", __name__)


def init_app(app: Flask) -> None:
    """Register the pages, and the page that every error outside /api becomes."""
    app.register_blueprint(pages)
    current.viewer(app).error_page = show_error


@pages.get("/")
def show_runs() -> str:
    """The table of runs, or how to log the first."""
    current.viewer().looked_at.set()
    reader = current.reader()
    choice = read_choice(request.args, request.cookies.get(COLUMNS_COOKIE, ""))
    page = context.runs_page(reader, choice)
    return render("runs", **page) if page["shown"]["everything"] else render("empty", **context.empty_page(reader))


@pages.get("/runs/<run_id>")
def show_run(run_id: str) -> str:
    """One run; how its reading stands where that takes long."""
    reader = current.reader()
    return still_reading([reader.runs.get(run_id)]) or render("run", **context.run_page(reader, run_id))


@pages.get("/metric-names")
def show_metric_names() -> Response:
    """The names of metrics in some runs, for those who choose columns: `?run=a&run=b`."""
    reader = current.reader()
    runs = (reader.runs.get(run_id) for run_id in request.args.getlist("run")[:MOST_NAMED_RUNS])
    names = {fact.name for run in runs for fact in reader.metrics.facts(run) if fact.kind == "number"}
    return answers.respond(sorted(names))


@pages.get("/compare")
def show_comparison() -> str:
    """Several runs side by side: `?run=a&run=b`; how their reading stands where that takes long."""
    reader, wanted = current.reader(), request.args.getlist("run")
    runs = [run for run in reader.runs.live_runs() if run.id in wanted[:MAX_RUNS]]
    return still_reading(runs) or render("compare", **compare_page(reader, wanted))


@pages.get("/recycle-bin")
def show_bin() -> str:
    """Runs that were deleted and can be had back."""
    return render("recycle_bin", **context.bin_page(current.reader()))


@pages.get("/remote")
def show_remote() -> str:
    """Far machines: connect, choose an environment, look."""
    return render("remote", **remote_page())


@pages.get("/sql")
def show_sql() -> str:
    """Ask anything: `?q=` is the query to begin with."""
    return render("sql", **context_sql.sql_page(current.reader(), request.args.get("q", "")))


@pages.get("/artifacts")
def show_artifacts() -> str:
    """Every artifact, or those of one `?type=`."""
    return render("artifacts", **context_artifacts.artifacts_page(current.reader(), request.args.get("type")))


@pages.get("/artifacts/<type>/<name>")
def show_artifact(type: str, name: str) -> str:
    """One artifact, opened at `?version=`."""
    version = request.args.get("version", None, int)
    return render("artifact", **context_artifacts.artifact_page(current.reader(), type, name, version))


@pages.get("/runs/<run_id>/media/<path:path>")
def show_media(run_id: str, path: str) -> Response:
    """A logged sample. Whatever is not a raster image, sound or video by its name comes as a download."""
    file = resolve_below(current.reader().runs.get(run_id).files.media, path)
    if file is None:
        raise NotFound("There is no such sample.")
    kind = media_type(file.name)
    answer = send_file(file, mimetype=kind or "application/octet-stream")
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, max-age=3600"
    answer.headers["Content-Disposition"] = "attachment" if kind is None else "inline"
    return answer


def still_reading(runs: list[RunRecord]) -> str:
    """Return a page that says how the reading of long runs stands, "" where there is nothing to wait for."""
    reader = current.reader()
    reading = reader.metrics.read_ahead(runs)
    if reading is None or reading.wait(READING_S):
        return ""
    return render("reading", page="run", root=str(reader.root), runs=runs, reading=reading)


def show_error(status: int, message: str) -> Response:
    """Return the page of an error. It needs no storage root that works."""
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"
    body = render("error", page="", root=str(current.root()), status=status, title=phrase, message=message)
    return Response(body, status, mimetype="text/html")


def render(name: str, /, **shown: object) -> str:
    """Return a page of the viewer."""
    links = ViewerLinks(nonce=assets.nonce(), onward=not current.settings().remote_mode)
    return Pages(links).render(name, **shown)


def read_choice(arguments: MultiDict[str, str], columns: str) -> Choice:
    """Read what an address asks of the table; odd values count as not given."""
    return Choice(
        project=arguments.get("project"),
        name=arguments.get("name"),
        statuses=tuple(arguments.getlist("status")),
        search=arguments.get("q", "").strip(),
        sort=arguments.get("sort") or "-created",
        page=max(1, arguments.get("page", 1, int)),
        per_page=min(max(1, arguments.get("per_page", PER_PAGE, int)), MAX_PER_PAGE),
        columns=tuple(unquote(key) for key in columns.split("|") if key),
        archived=arguments.get("archived") == "1",
    )
