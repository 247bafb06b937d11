"""The SQL page, and the SQL behind what other pages show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runicorn.query import Reader

EXAMPLES = (
    (
        "Best runs",
        "SELECT run_id, project, name, best_metric_name, best_metric_value\n"
        "FROM runs\nWHERE best_metric_value IS NOT NULL\nORDER BY best_metric_value DESC\nLIMIT 20",
    ),
    (
        "Learning rate against the result",
        "SELECT p.number AS lr, r.best_metric_value, r.run_id\n"
        "FROM runs r JOIN params p USING (run_id)\nWHERE p.key = 'lr'\nORDER BY lr",
    ),
    (
        "Last, lowest and highest value of every metric",
        "SELECT run_id, metric, arg_max(value, step) AS last, min(value) AS lowest, max(value) AS highest,"
        " count(*) AS points\nFROM metrics\nGROUP BY ALL\nORDER BY run_id, metric",
    ),
    (
        "First value that is not finite",
        "SELECT run_id, metric, min(step) AS first_step, count(*) AS how_many\n"
        "FROM metrics\nWHERE NOT isfinite(value)\nGROUP BY ALL\nORDER BY first_step",
    ),
    (
        "Mean and spread over runs with equal parameters",
        "SELECT p.value AS model, count(*) AS runs, avg(best_metric_value) AS mean, stddev(best_metric_value) AS std\n"
        "FROM runs JOIN params p USING (run_id)\nWHERE p.key = 'model'\nGROUP BY ALL\nORDER BY mean DESC",
    ),
    ("Errors in the logs", "SELECT run_id, line_number, line\nFROM logs\nWHERE line ILIKE '%error%'\nLIMIT 100"),
)


def sql_page(reader: Reader, query: str) -> dict[str, Any]:
    """The page that asks `query`, by default the first example."""
    from runicorn.query.views import SCHEMA

    return {
        "page": "sql",
        "root": str(reader.root),
        "query": query or EXAMPLES[0][1],
        "examples": EXAMPLES,
        "views": SCHEMA,
    }
