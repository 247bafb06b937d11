"""Typed views of answers, and errors by status."""

import builtins

import pytest

from runicorn import api
from runicorn.api import exceptions


def test_a_series_gives_its_ends_and_extremes_without_the_gaps():
    rows = [(1, 3.0), (2, None), (3, -1.5), (4, None)]
    series = api.MetricSeries.from_dict({"name": "loss", "points": [{"step": s, "value": v} for s, v in rows]})

    assert series.steps == [1, 2, 3, 4]
    assert series.values == [3.0, None, -1.5, None]
    assert (series.last_value(), series.min_value(), series.max_value()) == (-1.5, -1.5, 3.0)


def test_an_empty_series_has_no_extremes():
    series = api.MetricSeries("loss", [])

    assert (series.last_value(), series.min_value(), series.max_value()) == (None, None, None)


def test_models_ignore_what_they_do_not_know():
    run = api.Experiment.from_dict({"id": "a", "created_at": 0.0, "future": 1})

    assert run.created_datetime.isoformat() == "1970-01-01T00:00:00+00:00"
    assert run.updated_datetime is None
    assert api.Artifact("net", 3, "model", size_bytes=3 << 20).id == "net:v3"
    assert api.Artifact("net", 3, "model", size_bytes=3 << 20).size_mb == 3.0
    assert api.RemoteSession("ab", local_port=8081).local_url == "http://localhost:8081"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, api.BadRequestError),
        (401, api.AuthenticationError),
        (403, api.AuthenticationError),
        (404, api.NotFoundError),
        (409, api.ConnectionError),
        (422, api.BadRequestError),
        (429, api.ConnectionError),
        (500, api.ServerError),
        (503, api.ServerError),
    ],
)
def test_every_status_has_its_class_and_keeps_the_servers_words(status, kind):
    error = exceptions.for_status(status, "because")

    assert type(error) is kind
    assert (error.status_code, error.detail) == (status, "because")
    assert str(error) == f"{status}: because"


def test_a_422_names_the_fields():
    detail = [{"loc": ["query", "downsample"], "msg": "too small", "type": "x"}]

    assert str(exceptions.for_status(422, detail)) == "422: query.downsample: too small"


def test_the_clients_connection_error_is_also_the_builtin_one():
    assert issubclass(api.ConnectionError, builtins.ConnectionError)
    assert issubclass(api.ConnectionError, api.RunicornAPIError)
