"""schemathesis over every call of /openapi.json, with every check on."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS
from schemathesis.generation import GenerationMode

from runicorn.viewer import current
from runicorn.viewer.app import create_app
from runicorn.viewer.rates import Rates

pytestmark = pytest.mark.slow

OUTWARD = {
    "/api/remote/connect": "opens connections",
    "/api/remote/viewer/start": "opens connections",
    "/api/remote/bootstrap": "opens connections",
    "/api/config/user_root_dir": "makes folders anywhere",
    "/api/import/archive": "any bytes are valid data",
}
MORE_THAN_A_SCHEMA_SAYS = {
    "POST /api/config/ssh_connections": "a host must not be empty",
    "POST /api/experiments/tag": "documented as 400 when the run is not named",
    "DELETE /api/experiments/delete": "documented as 400; ids must be names of folders",
    "POST /api/v2/experiments/batch-delete": "documented as 400; ids must be names of folders",
    "GET /api/v2/experiments/{exp_id}/metrics/fast": "documented as 400 for a range of another form",
    "POST /api/config/column-widths": "any further fields are ignored",
    "POST /api/runs/soft-delete": "documented as 400",
    "POST /api/recycle-bin/restore": "documented as 400",
    "POST /api/recycle-bin/empty": "documented as 400 without confirm",
    "POST /api/remote/disconnect": "a host must be a host",
    "POST /api/remote/known-hosts/accept": "a key must be a key",
    "POST /api/remote/known-hosts/remove": "a host must be a host",
    "POST /api/sql": "a query must be SQL",
}
LESS_THAN_A_SCHEMA_SAYS = {
    "POST /api/remote/known-hosts/remove": "to forget a key that is not there is no error",
}
SHARED_ADDRESS = {
    "/api/runs/soft-delete": "GET /api/runs/<id> matches too",
    "/api/artifacts/{name}/versions": "DELETE /api/artifacts/<name>/v<version> matches too",
}


EXAMPLES = settings(
    max_examples=10,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def find_operations(app):
    """Every operation to try, by its label."""
    found = (result.ok() for result in schemathesis.openapi.from_wsgi("/openapi.json", app).get_all_operations())
    return {one.label: one for one in found if one.path not in OUTWARD and one.label != "PUT /api/config"}


@pytest.fixture(scope="module")
def operations(tmp_path_factory):
    app = create_app(tmp_path_factory.mktemp("root"), rates=Rates(enabled=False))
    yield find_operations(app)
    current.viewer(app).close()


def excluded_checks(operation):
    """The checks that an operation cannot meet, for the reasons given above."""
    names = set()
    if operation.label in MORE_THAN_A_SCHEMA_SAYS:
        names.add("positive_data_acceptance")
    if operation.label in LESS_THAN_A_SCHEMA_SAYS:
        names.add("negative_data_rejection")
    if operation.path in SHARED_ADDRESS:
        names.add("unsupported_method")
    return [check for check in CHECKS.get_all() if check.__name__ in names]


def modes(operation):
    """Good data, and bad data where an operation takes any beside its path."""
    yield GenerationMode.POSITIVE
    if len(operation.query) or len(operation.body):
        yield GenerationMode.NEGATIVE


@pytest.mark.parametrize("label", find_operations(create_app("described-only", rates=Rates())))
def test_every_call_is_as_described(operations, label):
    operation = operations[label]
    excluded = excluded_checks(operation)

    for mode in modes(operation):

        @EXAMPLES
        @given(operation.as_strategy(generation_mode=mode))
        def check(case):
            case.call_and_validate(excluded_checks=excluded)

        check()
