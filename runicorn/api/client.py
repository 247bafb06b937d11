"""The client: runs, metrics, projects, configuration, SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import requests

from runicorn.api.artifacts import ArtifactCalls
from runicorn.api.exceptions import ConnectionError
from runicorn.api.remote import RemoteCalls
from runicorn.api.transport import Transport, given, segment

DEFAULT_URL = "http://127.0.0.1:23300"
HEALTH_TIMEOUT_SECONDS = 5
HEALTHY = frozenset({"ok", "healthy"})


def connect(
    base_url: str = DEFAULT_URL, timeout: float = 30, max_retries: int = 3, *, token: str | None = None
) -> RunicornClient:
    """Return a client of the viewer at `base_url`, after one look whether it is healthy (at most 5 s).

    `timeout` is in seconds, per request. `token` is the one a viewer prints that listens beyond this machine.
    Raises ConnectionError when nobody answers.
    """
    client = RunicornClient(base_url, timeout, max_retries, token=token)
    status = client.health_check(timeout=HEALTH_TIMEOUT_SECONDS).get("status")
    if status not in HEALTHY:
        raise ConnectionError(f"The viewer at {base_url} says it is {status!r}, not ok.")
    return client


class RunicornClient:
    """Calls one viewer. A context manager; nothing is sent before the first call.

    Answers are plain dicts and lists as documented in docs/http-api.md; `runicorn.api.models` has typed views.
    Every call raises RunicornAPIError or a class below it.
    """

    def __init__(
        self,
        base_url: str = DEFAULT_URL,
        timeout: float = 30,
        max_retries: int = 3,
        *,
        token: str | None = None,
        session: requests.Session | None = None,
    ) -> None:
        self._transport = Transport(base_url, timeout=timeout, max_retries=max_retries, token=token, session=session)
        self._artifacts = ArtifactCalls(self._transport)
        self._remote = RemoteCalls(self._transport)

    @property
    def base_url(self) -> str:
        return self._transport.base_url

    @property
    def timeout(self) -> float:
        """Seconds one request may take."""
        return self._transport.timeout

    @property
    def session(self) -> requests.Session:
        return self._transport.session

    @property
    def artifacts(self) -> ArtifactCalls:
        return self._artifacts

    @property
    def remote(self) -> RemoteCalls:
        return self._remote

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; the client must not be used afterwards."""
        self.session.close()

    def get(self, endpoint: str, params: Mapping[str, Any] | None = None) -> Any:
        """Return the JSON answer to GET `endpoint` (with or without `/api`)."""
        return self._transport.json("GET", endpoint, params=params)

    def post(self, endpoint: str, json: Any = None) -> Any:
        """Return the JSON answer to POST `endpoint`; never retried."""
        return self._transport.json("POST", endpoint, json=json)

    def put(self, endpoint: str, json: Any = None) -> Any:
        """Return the JSON answer to PUT `endpoint`; never retried."""
        return self._transport.json("PUT", endpoint, json=json)

    def delete(self, endpoint: str, params: Mapping[str, Any] | None = None, json: Any = None) -> Any:
        """Return the JSON answer to DELETE `endpoint`; never retried."""
        return self._transport.json("DELETE", endpoint, params=params, json=json)

    def health_check(self, *, timeout: float | None = None) -> dict[str, Any]:
        """Return the viewer's health: `status`, `version`, `storage`, `cache`."""
        return self._transport.json("GET", "health", timeout=timeout or self.timeout)

    def list_projects(self, *, detailed: bool = False) -> list[Any]:
        """Return project names; with `detailed`, dicts of `name`, `experiment_count` and `latest_update`."""
        answer = self.get("projects")
        return answer["details"] if detailed else answer["projects"]

    def list_experiments(
        self,
        project: str | None = None,
        name: str | None = None,
        status: str | None = None,
        limit: int | None = None,
        offset: int | None = None,
    ) -> list[dict[str, Any]]:
        """Return runs, newest first; `limit` and `offset` count runs after the filters."""
        query = given(project=project, name=name, status=status, limit=limit, offset=offset)
        return self.get("experiments", query)["experiments"]

    def get_experiment(self, run_id: str) -> dict[str, Any]:
        """Return one run: project, name, status, `created_at`, `summary`, `tags`, ... Raises NotFoundError."""
        return self.get(f"runs/{segment(run_id)}")

    get_run = get_experiment

    def get_metrics(
        self, run_id: str, metric_names: Iterable[str] | None = None, limit: int | None = None
    ) -> dict[str, Any]:
        """Return `{"run_id", "metrics": {name: [{"step", "value", "timestamp"}]}}`.

        Points are in order of step; `limit` keeps the last ones of each metric. Numeric points only.
        """
        names = ",".join(metric_names) if metric_names is not None else None
        return self.get(f"metrics/{segment(run_id)}", given(metrics=names, limit=limit))

    def get_series(
        self,
        run_id: str,
        names: Iterable[str] | None = None,
        *,
        x: str = "step",
        start: float | None = None,
        stop: float | None = None,
        max_points: int = 2000,
        scale: str = "linear",
    ) -> dict[str, Any]:
        """Return metrics in columns for a chart, thinned so that extremes survive, with `total` per metric.

        `x` is "step", "time" (Unix seconds), "relative" (seconds since the start) or the name of another metric;
        `start` and `stop` are in its unit, inclusive. With a `scale` of "log" every power of ten of x has as many
        points, and what is not above 0 is left out.
        """
        wanted = ",".join(names) if names is not None else None
        query = given(names=wanted, x=x, start=start, stop=stop, max_points=max_points, scale=scale)
        return self.get(f"v2/runs/{segment(run_id)}/series", query)

    def sql(self, query: str, parameters: Sequence[Any] = ()) -> dict[str, Any]:
        """Return `{"columns", "rows", ...}` of a read-only query over the viewer's SQL views (docs/sql.md)."""
        return self.post("sql", {"query": query, "parameters": list(parameters)})

    def export_experiment(self, run_id: str, format: str = "json", include_media: bool = False) -> bytes:
        """Return one run as a file's bytes; `format` is "json" or "csv"."""
        body = {"run_id": run_id, "format": format, "include_media": include_media}
        return self._transport.request("POST", "export", json=body).content

    def get_config(self) -> dict[str, Any]:
        """Return the viewer's configuration: `user_root_dir`, `storage`, `config_file`, `version`."""
        return self.get("config")

    def update_config(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """Change the viewer's storage root: `{"user_root_dir": path}`."""
        return self.put("config", dict(config))

    def get_gpu_info(self) -> dict[str, Any]:
        """Return the GPUs of the viewer's machine; `available` is False where there are none."""
        return self.get("gpu")
