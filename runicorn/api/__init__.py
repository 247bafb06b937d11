"""Python client of the viewer's HTTP API.

from runicorn.api import connect

with connect("http://127.0.0.1:23300") as client:
    for run in client.list_experiments(project="vision", status="finished"):
        print(run["id"], run["summary"])
"""

from runicorn.api import utils
from runicorn.api.client import RunicornClient, connect
from runicorn.api.exceptions import (
    AuthenticationError,
    BadRequestError,
    ConnectionError,
    NotFoundError,
    RunicornAPIError,
    ServerError,
)
from runicorn.api.models import Artifact, Experiment, MetricPoint, MetricSeries, Project, RemoteSession

__all__ = [
    "Artifact",
    "AuthenticationError",
    "BadRequestError",
    "ConnectionError",
    "Experiment",
    "MetricPoint",
    "MetricSeries",
    "NotFoundError",
    "Project",
    "RemoteSession",
    "RunicornAPIError",
    "RunicornClient",
    "ServerError",
    "connect",
    "utils",
]
