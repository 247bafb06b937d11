"""A short report about one run as Markdown or HTML: `GET /api/export/{id}/report` and `runicorn export-data`."""

from __future__ import annotations

import html
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runicorn.errors import InvalidInput
from runicorn.export.tables import markdown_text

if TYPE_CHECKING:
    from runicorn.query import MetricFacts, Reader, RunRecord

FORMATS = ("markdown", "html")


@dataclass(frozen=True, slots=True)
class Section:
    """One heading with what stands below it: facts as a list, then a sentence, then a table."""

    title: str
    facts: Sequence[tuple[str, str]] = ()
    sentence: str = ""
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


def write_report(reader: Reader, run: RunRecord, *, format: str = "markdown") -> str:
    """Return the report about `run`. No text of the run is markup in it. Raises InvalidInput for another `format`."""
    if format not in FORMATS:
        raise InvalidInput("Format must be markdown or html")
    sections = [_information(run), _status(run), *_summary(run), *_metrics(reader, run)]
    generated = f"Generated: {_when(time.time())}"
    return "".join((_markdown if format == "markdown" else _html)(generated, sections))


def _information(run: RunRecord) -> Section:
    facts = {
        "Project": run.project,
        "Experiment": run.name,
        "Run ID": run.id,
        "Created": _when(run.created_time),
        "Platform": run.meta.get("platform"),
        "Python": run.meta.get("python"),
        "Tags": ", ".join(run.tags) or None,
        "Notes": run.notes,
    }
    return Section("Experiment Information", [(name, str(value)) for name, value in facts.items() if value])


def _status(run: RunRecord) -> Section:
    facts = [("Status", run.status)]
    facts += [
        (name, _when(at)) for name, at in (("Started", run.started_at), ("Ended", run.ended_at)) if at is not None
    ]
    if run.duration_s is not None:
        facts.append(("Duration", f"{run.duration_s:.2f} seconds"))
    return Section("Run Status", facts)


def _summary(run: RunRecord) -> Iterator[Section]:
    for title, values in (("Parameters", run.config), ("Summary Metrics", run.summary)):
        if values:
            yield Section(
                title,
                columns=("Metric", "Value") if values is run.summary else ("Parameter", "Value"),
                rows=_rows(values),
            )


def _metrics(reader: Reader, run: RunRecord) -> Iterator[Section]:
    facts = [fact for fact in reader.metrics.facts(run) if fact.kind == "number"]
    if not facts:
        return
    total = reader.metrics.by_step(run, max_rows=4).total
    yield Section(
        "Metrics Overview",
        sentence=f"Steps recorded: {total}",
        columns=("Metric", "Min", "Max", "Mean", "Last"),
        rows=[(fact.name, *_statistics(fact)) for fact in facts],
    )


def _statistics(fact: MetricFacts) -> Iterator[str]:
    for value in (fact.min, fact.max, fact.mean, fact.last):
        yield "" if value is None else f"{value:.6f}"


def _rows(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(key, _value(value)) for key, value in values.items()]


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _when(seconds: float | None) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
    except (OverflowError, OSError, ValueError):
        return "unknown"


def _markdown(generated: str, sections: Iterable[Section]) -> Iterator[str]:
    yield f"# Experiment Report\n\n{generated}\n"
    for section in sections:
        yield f"\n## {section.title}\n\n"
        for name, value in section.facts:
            yield f"- **{name}**: {markdown_text(value)}\n"
        if section.sentence:
            yield f"{section.sentence}\n\n"
        if section.columns:
            yield f"| {' | '.join(section.columns)} |\n|{'---|' * len(section.columns)}\n"
            for row in section.rows:
                yield f"| {' | '.join(map(markdown_text, row))} |\n"


def _html(generated: str, sections: Iterable[Section]) -> Iterator[str]:
    yield '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Experiment Report</title></head>\n'
    yield f"<body>\n<h1>Experiment Report</h1>\n<p>{html.escape(generated)}</p>\n"
    for section in sections:
        yield f"<h2>{html.escape(section.title)}</h2>\n"
        if section.facts:
            items = (f"<li><b>{html.escape(name)}</b>: {html.escape(value)}</li>" for name, value in section.facts)
            yield f"<ul>{''.join(items)}</ul>\n"
        if section.sentence:
            yield f"<p>{html.escape(section.sentence)}</p>\n"
        if section.columns:
            yield from _html_table(section)
    yield "</body>\n</html>\n"


def _html_table(section: Section) -> Iterator[str]:
    yield "<table>\n<tr>" + "".join(f"<th>{html.escape(column)}</th>" for column in section.columns) + "</tr>\n"
    for row in section.rows:
        yield "<tr>" + "".join(f"<td>{html.escape(value)}</td>" for value in row) + "</tr>\n"
    yield "</table>\n"
