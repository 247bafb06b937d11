"""What each page is made of, asked from a `query.Reader`. The one place where answers become page data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from zlib import crc32

from runicorn.errors import QueryError
from runicorn.export import curves, shown_sql, table
from runicorn.export.media import media_panels, travels
from runicorn.export.table import Choice, Sheet
from runicorn.storage.documents import find_object
from runicorn.storage.recycle import preview_bytes

if TYPE_CHECKING:
    from runicorn.query import Reader
    from runicorn.query.facts import MetricFacts
    from runicorn.query.records import RunRecord
    from runicorn.query.values import MediaRecord

EMBEDDED = 12
"""Metrics whose points a live page carries; the others are fetched when they come into view."""
LOG_LINES = 200


def runs_page(reader: Reader, choice: Choice, *, runs: Sequence[RunRecord] | None = None) -> dict[str, Any]:
    """The table of `runs`, by default of all runs of the root."""
    every = reader.runs.list_runs() if runs is None else runs
    found, problem = _search(reader, choice, every) if runs is None else (every, "")
    sheet = table.lay_out([run for run in found if _matches(run, choice)], choice)
    shown = {
        "choice": choice,
        "sheet": sheet,
        "everything": len(every),
        "archived": sum(run.archived for run in every),
        "projects": _project_tree(every),
        "statuses": _status_counts(every, choice),
        "cell": _cells(reader, sheet),
        "problem": problem,
        "best_label": _best_label(sheet.rows),
        "sql": shown_sql.runs_sql(replace(choice, page=sheet.page), sheet.columns),
    }
    return {"page": "runs", "root": str(reader.root), "shown": shown}


def run_page(
    reader: Reader,
    run_id: str,
    *,
    embed: int | None = EMBEDDED,
    points: int = curves.POINTS,
    log_lines: int = LOG_LINES,
) -> dict[str, Any]:
    """One run. `embed` is how many metrics bring their points along: None for all, as a report needs."""
    run = reader.runs.get(run_id)
    facts = reader.metrics.facts(run)
    groups = curves.group_metrics(fact for fact in facts if fact.kind == "number")
    drawn = [fact for _, group in groups for fact in group]
    names = [fact.name for fact in drawn]
    offered = curves.offered_axes(reader, [run])
    axes = curves.own_axes([run], names, offered)
    answers = curves.curves_of(reader, run, names[:embed], axes, travelling=embed is None, points=points)
    created, used = reader.artifacts.of_run(run)
    media = reader.media.list(run)
    shown = {
        "run": run,
        "config": table.flatten(run.config),
        "config_sql": shown_sql.documents_sql("params", [run.id]),
        "summary_sql": shown_sql.documents_sql("summaries", [run.id]),
        "summary": summary_values(run),
        **environment(run),
        "about": {"Folder": str(run.run_dir), **_about(run)},
        "portable": _about(run),
        "artifacts": [("made", row) for row in created] + [("used", row) for row in used],
        "groups": curves.first_cards(groups),
        "hidden_metrics": max(0, len(drawn) - curves.MAX_CARDS),
        "shape": shape(reader, run, facts),
        "attempt": _attempt(run),
        "last_step": max((fact.last_step for fact in facts if fact.last_step is not None), default=None),
        "others": [fact for fact in facts if fact.kind != "number"],
        "warnings": [*run.warnings, *_damage_texts(answers[0].damage.lines if answers else 0)],
        "log": reader.logs.read(run, last=log_lines),
        "images": _image_groups(record for record in media if record.kind == "image"),
        "media": media_panels(media),
        "travels": travels,
        "chart_data": curves.chart_data(
            [run], [curves.series_json(run.id, answer) for answer in answers], axes, offered
        ),
    }
    return {"page": "run", "root": str(reader.root), "shown": shown}


def shape(reader: Reader, run: RunRecord, facts: Iterable[MetricFacts]) -> str:
    """Return a word that changes when the page of a run, of whose metrics `facts` tell, has more to show than new
    points and lines of its log: other metrics, samples, parameters, results, artifacts, labels or surroundings."""
    metrics = [(fact.name, fact.kind) for fact in facts]
    artifacts = [[(row.type, row.name, row.version) for row in rows] for rows in reader.artifacts.of_run(run)]
    labels = (run.tags, run.notes, run.group, run.pinned, run.archived)
    told = (metrics, artifacts, reader.media.count(run), run.config, run.summary, labels, run.warnings)
    return f"{crc32(repr((told, run.files.environment.exists())).encode()):08x}"


def bin_page(reader: Reader) -> dict[str, Any]:
    """The recycle bin, last deleted first, with the bytes that emptying it frees."""
    deleted = sorted(reader.runs.list_runs(deleted=True), key=lambda run: -(run.deleted_at or 0))
    rows = [(run, preview_bytes([run.files])) for run in deleted]
    return {
        "page": "recycle-bin",
        "root": str(reader.root),
        "rows": rows,
        "freed_bytes": preview_bytes(run.files for run in deleted),
    }


def empty_page(reader: Reader) -> dict[str, Any]:
    """A root without runs: how to log the first."""
    return {"page": "runs", "root": str(reader.root), "root_literal": repr(str(reader.root))}


def summary_values(run: RunRecord) -> dict[str, Any]:
    """A run's summary without the keys that the header already tells."""
    return {key: value for key, value in table.flatten(run.summary).items() if key not in table.BEST_KEYS}


def _matches(run: RunRecord, choice: Choice) -> bool:
    if choice.project is not None and run.project != choice.project:
        return False
    if choice.name is not None and run.name != choice.name:
        return False
    if choice.statuses and run.status not in choice.statuses:
        return False
    return choice.archived or not run.archived


def _search(reader: Reader, choice: Choice, runs: Sequence[RunRecord]) -> tuple[Sequence[RunRecord], str]:
    """Return what the search finds, in the order of a value where one was asked for, and what is wrong with it."""
    order_by = table.search_field(choice.sort.removeprefix("-"))
    if not choice.search and order_by is None:
        return runs, ""
    descending = choice.sort.startswith("-")
    try:
        return reader.search(choice.search, order_by=order_by, descending=descending).runs, ""
    except QueryError as error:
        found = reader.search(order_by=order_by, descending=descending).runs if order_by else runs
        return found, f"Not searched: {error}"


def _cells(reader: Reader, sheet: Sheet) -> Callable[[RunRecord, str], Any]:
    """Return what gives the cells of a sheet. Metrics are read only for rows on it, and only when a column asks."""
    facts: dict[str, dict[str, MetricFacts]] = {}
    if any(table.is_metric(column.key) for column in sheet.columns):
        facts = {run.id: {fact.name: fact for fact in reader.metrics.facts(run)} for run in sheet.rows}

    def cell(run: RunRecord, key: str) -> Any:
        if not table.is_metric(key):
            return table.cell(run, key)
        name, statistic = table.metric_parts(key)
        return getattr(facts[run.id].get(name), statistic, None)

    return cell


def _project_tree(runs: Iterable[RunRecord]) -> list[tuple[str, int, list[tuple[str, int]]]]:
    """Return (project, runs, [(name, runs), ...]) by name."""
    tree: dict[str, list[tuple[str, int]]] = {}
    counts = Counter(map(attrgetter("project", "name"), runs))
    for project, name, count in sorted((project or "", name or "", count) for (project, name), count in counts.items()):
        tree.setdefault(project, []).append((name, count))
    return [(project, sum(count for _, count in names), names) for project, names in tree.items()]


def _best_label(runs: Iterable[RunRecord]) -> str:
    """Name the best value in the table's head when all rows share its name, "" when each must say its own."""
    names = {run.best_metric_name for run in runs if run.best_metric_value is not None}
    return f"Best {names.pop()}" if len(names) == 1 and None not in names else ""


def _status_counts(runs: Iterable[RunRecord], choice: Choice) -> dict[str, int]:
    if choice.project is not None or choice.name is not None:
        runs = (run for run in runs if choice.project in (None, run.project) and choice.name in (None, run.name))
    return dict(sorted(Counter(map(attrgetter("status"), runs)).items()))


def _image_groups(images: Iterable[MediaRecord]) -> dict[str, list[MediaRecord]]:
    groups: dict[str, list[MediaRecord]] = {}
    for image in images:
        groups.setdefault(image.key, []).append(image)
    return {key: sorted(group, key=lambda image: image.step or 0) for key, group in sorted(groups.items())}


def environment(run: RunRecord) -> dict[str, Any]:
    """What the run recorded of its surroundings: simple facts, and the packages apart, as they are many."""
    known = find_object(run.files.environment)
    packages = known.pop("pip_packages", None)
    known.pop("conda_packages", None)
    facts = {key: value for key, value in table.flatten(known).items() if value not in (None, "", [], {})}
    names = [str(package) for package in packages] if isinstance(packages, list) else []
    return {"environment": bool(facts or names), "environment_facts": facts, "packages": names}


def _about(run: RunRecord) -> dict[str, Any]:
    known = {
        "Python": run.meta.get("python"),
        "Platform": run.meta.get("platform"),
        "Job type": run.job_type,
        "Ended because": _exit_reason(run),
    }
    return {key: value for key, value in known.items() if value}


def _attempt(run: RunRecord) -> int:
    attempt = run.meta.get("attempt")
    return attempt if isinstance(attempt, int) else 1


def _exit_reason(run: RunRecord) -> str | None:
    if run.stored_status == "running" and run.status == "failed":
        return "its process is gone"
    reason = find_object(run.files.status).get("exit_reason")
    return str(reason) if reason else None


def _damage_texts(lines: int) -> list[str]:
    if not lines:
        return []
    return [f"{lines:,} damaged line{'s' if lines > 1 else ''} in the event files left out; everything else is shown."]
