"""One socket for a page: what it watches and asks for."""

from __future__ import annotations

import json

import pytest
from websockets.sync.client import connect

FIRST, SECOND = "20250601_120000_a1b2c3", "20250601_120001_a1b2c4"


class Page:
    """A page's end of the socket."""

    def __init__(self, socket):
        self._socket = socket

    def send(self, **frame):
        self._socket.send(json.dumps(frame))

    def receive(self, timeout=10):
        return json.loads(self._socket.recv(timeout=timeout), parse_constant=lambda token: pytest.fail(token))


@pytest.fixture
def page(listen):
    with connect(f"ws://{listen()}/api/live") as socket:
        yield Page(socket)


def test_a_watched_run_is_told_at_once_and_when_it_changes(make_run, metrics, page):
    folder = make_run(FIRST, events=[metrics(1, loss=0.5), metrics(3, loss=0.4)])
    page.send(type="watch", runs=[FIRST])

    first = page.receive()
    assert {key: first[key] for key in ("type", "run_id", "status", "total_steps", "last_step")} == {
        "type": "run",
        "run_id": FIRST,
        "status": "finished",
        "total_steps": 2,
        "last_step": 3,
    }

    with (folder / "events.jsonl").open("a") as file:
        file.write(json.dumps(metrics(9, loss=0.1)) + "\n")
    assert page.receive()["last_step"] == 9


def test_the_shape_of_a_run_changes_with_what_it_logs_and_not_with_how_much(make_run, metrics, page):
    folder = make_run(FIRST, events=[metrics(1, loss=0.5)])
    page.send(type="watch", runs=[FIRST])
    shapes = [page.receive()["shape"]]

    image = {"ts": 1.0, "type": "image", "data": {"key": "k", "path": "media/k.png", "step": 1}}
    for event in (metrics(2, loss=0.4), metrics(3, acc=0.1), image):
        with (folder / "events.jsonl").open("a") as file:
            file.write(json.dumps(event) + "\n")
        shapes.append(page.receive()["shape"])
    (folder / "summary.json").write_text('{"verdict": "good"}')
    shapes.append(page.receive()["shape"])

    assert shapes[0] == shapes[1]
    assert len(set(shapes)) == 4


def test_a_run_that_goes_away_is_told_once(make_run, page):
    folder = make_run(FIRST)
    page.send(type="watch", runs=[FIRST, "no-such"])
    assert [page.receive()["type"] for _ in range(2)] == ["run", "gone"]

    (folder / ".deleted").write_text("{}")

    assert page.receive() == {"type": "gone", "run_id": FIRST}
    with pytest.raises(TimeoutError):
        page.receive(timeout=1.5)


def test_a_change_of_the_list_is_told(make_run, page):
    make_run(FIRST)
    page.send(type="watch", list=True)
    page.send(type="series", id=1, runs=[FIRST])
    assert page.receive()["type"] == "series"

    make_run(SECOND)

    assert page.receive() == {"type": "list"}


def test_a_log_comes_with_its_end_first(make_run, page):
    folder = make_run(FIRST, logs="one\n\ntwo\n")
    page.send(type="watch", logs=FIRST)
    assert page.receive() == {"type": "log", "run_id": FIRST, "lines": ["one", "", "two"], "reset": True}

    with (folder / "logs.txt").open("a") as file:
        file.write("three\n")
    assert page.receive() == {"type": "log", "run_id": FIRST, "lines": ["three"], "reset": False}

    (folder / "logs.txt").write_text("new\n")
    assert page.receive() == {"type": "log", "run_id": FIRST, "lines": ["new"], "reset": True}


def test_a_run_without_a_log_begins_empty(make_run, page):
    make_run(FIRST)
    page.send(type="watch", logs=FIRST)

    assert page.receive() == {"type": "log", "run_id": FIRST, "lines": [], "reset": True}


def test_curves_are_those_of_the_http_call(make_run, metrics, listen, client):
    make_run(FIRST, events=[metrics(step, loss=1 / step, acc=float("nan")) for step in range(1, 50)])
    query = {"x": "step", "start": 5, "stop": 30, "max_points": 10}
    with connect(f"ws://{listen()}/api/live") as socket:
        page = Page(socket)
        page.send(type="series", id=7, runs=[FIRST, "no-such"], names=["loss", "acc"], **query)
        answer = page.receive()

    over_http = client.get("/api/v2/series", query_string={"runs": f"{FIRST},no-such", "names": "loss,acc", **query})
    assert answer == {"type": "series", "id": 7, **over_http.json}
    assert answer["missing"] == ["no-such"]
    assert 2 <= len(answer["answers"][0]["series"][0]["x"]) <= 10


@pytest.mark.parametrize(
    ("frame", "asked"),
    [
        ("{", None),
        ("[1]", None),
        ('{"type": "nonsense", "id": 3}', 3),
        ('{"type": "series", "id": 4}', 4),
        ('{"type": "series", "id": 5, "runs": ["x"], "max_points": 1}', 5),
        ('{"type": "series", "id": "x", "runs": ["x"]}', None),
        ('{"type": "watch", "runs": "x"}', None),
        ('{"type": "watch", "runs": [1]}', None),
        (json.dumps({"type": "watch", "runs": ["x"] * 101}), None),
        (json.dumps({"type": "series", "id": 6, "runs": [str(i) for i in range(101)]}), 6),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_frame_that_cannot_be_used_is_answered_and_the_socket_stays(page, frame, asked):
    page._socket.send(frame)

    answer = page.receive()

    assert (answer["type"], answer["id"]) == ("error", asked)
    assert answer["detail"]
    page.send(type="series", id=1, runs=["no-such"])
    assert page.receive() == {"type": "series", "id": 1, "answers": [], "missing": ["no-such"]}


def test_nothing_is_sent_before_it_is_asked_for(make_run, page):
    make_run(FIRST)
    with pytest.raises(TimeoutError):
        page.receive(timeout=1)
