"""Alert rules, unusual values, defined metrics, webhooks."""

from __future__ import annotations

import http.server
import json
import math
import threading

import pytest

from runicorn import AlertRule, AnomalyDetector, MetricMonitor
from runicorn.errors import InvalidInput
from runicorn.sdk.alerts import MAX_REPEATS


@pytest.mark.parametrize(
    ("condition", "threshold", "met", "unmet"),
    [
        ("gt", 3, 5, 3),
        ("lt", 3, 1, 3),
        ("eq", 3, 3 + 1e-10, 3.1),
        ("ne", 3, 4, 3 + 1e-10),
        ("nan", None, math.nan, math.inf),
        ("inf", None, -math.inf, math.nan),
    ],
)
def test_a_rule_is_met_as_documented(condition, threshold, met, unmet):
    rule = AlertRule("loss", condition, threshold)

    assert rule.is_met(met)
    assert not rule.is_met(unmet)


def test_alert_texts_are_the_documented_ones():
    monitor = MetricMonitor()
    monitor.add_rule(AlertRule("loss", "gt", 3))

    assert monitor.check_metrics({"loss": 5}) == ["⚠️ Alert: loss=5 gt 3"]
    assert monitor.check_metrics({"loss": math.nan}) == ["⚠️ Alert: loss is NAN"]
    assert monitor.check_metrics({"loss": math.inf}) == ["⚠️ Alert: loss is INF", "⚠️ Alert: loss=inf gt 3"]
    assert monitor.check_metrics({"val_loss": math.nan}) == ["⚠️ Alert: val_loss is NAN"]
    assert monitor.check_metrics({"val_loss": math.inf, "other": math.nan, "text": "nan", "flag": True}) == []


def test_a_rule_may_wait_for_values_in_a_row_and_starts_again_after_an_alert():
    called = []
    monitor = MetricMonitor()
    monitor.add_rule(AlertRule("lr", "gt", 1, consecutive_count=2, callback=lambda *met: called.append(met)))

    alerts = [bool(monitor.check_metrics({"lr": value})) for value in (2, 0, 2, 3, 4, 5, 2**2000)]

    assert alerts == [False, False, False, True, False, True, False]
    assert called == [("lr", 3), ("lr", 5)]


@pytest.mark.parametrize("arguments", [("gt", None), ("above", 3)])
def test_a_rule_that_cannot_be_is_refused(arguments):
    with pytest.raises(InvalidInput):
        AlertRule("loss", *arguments)


def test_statistics_are_of_the_recent_finite_values():
    monitor = MetricMonitor(window_size=4)
    for value in (100, 1, 2, math.nan, 3):
        monitor.check_metrics({"a": value})
    monitor.check_metrics({"b": math.inf})

    assert monitor.get_statistics("a") == {"mean": 2, "min": 1, "max": 3, "last": 3, "count": 4, "valid_count": 3}
    assert monitor.get_statistics("b") == {"has_nan": False, "has_inf": True}
    assert monitor.get_statistics("c") == {}


def test_unusual_values_are_told_from_a_baseline():
    detector = AnomalyDetector(sensitivity=2)
    assert not detector.is_anomaly("loss", 1e9)
    detector.update_baseline("loss", [1, math.nan])
    assert not detector.is_anomaly("loss", 1e9)

    detector.update_baseline("loss", [1, 2, 3, math.inf])

    assert detector.is_anomaly("loss", 4.1)
    assert not detector.is_anomaly("loss", 3.9)
    assert detector.is_anomaly("other", math.nan)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 1.1, 0.9, 1, 1] * 2, False),
        ([1, 1.1, 0.9, 1, 1, 2, 2.1, 1.9, 2, 2], True),
        ([1, 1.1, 0.9, 1, 1, 1, 1.4, 0.6, 1, 1], True),
        ([1, 2, 3], False),
        ([], False),
    ],
)
def test_a_break_in_the_trend_is_seen(values, expected):
    assert AnomalyDetector().detect_trend_anomaly(values) is expected


def test_alerts_of_a_run_go_to_its_log_until_they_repeat_too_often(start):
    run = start()
    for _ in range(MAX_REPEATS + 10):
        run.log(loss=float("nan"))
    run.alert("Plateau", "no progress for 3 epochs")

    lines = (run.run_dir / "logs.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) == MAX_REPEATS + 1
    assert lines[0].endswith("| ⚠️ Alert: loss is NAN")
    assert lines[MAX_REPEATS - 1].endswith("(muted from now on)")
    assert lines[-1].endswith("| Plateau: no progress for 3 epochs")


def test_a_callback_that_fails_is_no_harm(start, caplog, read_metrics):
    run = start()
    run.monitor.add_rule(AlertRule("a", "gt", 0, callback=lambda name, value: 1 / 0))
    run.log(a=1)
    run.log(a=2)

    assert read_metrics(run.run_dir, "a") == [1, 2]
    assert len(caplog.records) == 1


@pytest.fixture
def hook():
    """A web server on loopback that keeps what is posted to it."""
    received = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", received
    server.shutdown()
    thread.join()
    server.server_close()


def test_alerts_are_posted_to_a_webhook(start, hook):
    address, received = hook
    run = start(webhook=address, name="base")
    run.alert("Done", "acc 0.9", level="info")
    run._alerts.close(timeout=60)

    assert received == [
        {
            "text": "Done: acc 0.9",
            "title": "Done",
            "level": "info",
            "run": {"id": run.id, "project": "vision", "name": "base"},
        }
    ]


def test_a_webhook_nobody_answers_is_told_once(start, caplog):
    run = start(webhook="http://127.0.0.1:9/hook")
    run.alert("a")
    run.alert("b")
    run._alerts.close(timeout=60)

    assert len([record for record in caplog.records if "webhook" in record.getMessage()]) == 1
    with pytest.raises(InvalidInput, match="http or https"):
        start(webhook="file:///etc/passwd")


def test_defined_metrics_are_in_the_summary(start, read_document):
    run = start()
    run.define_metric("val/*", step_metric="epoch", summary="min,last")
    run.define_metric("acc", summary=["best", "mean"], goal="maximize")
    for number, value in enumerate([3, 1, float("nan"), 2]):
        run.log({"val/loss": value, "acc": value / 10, "other": value, "epoch": number})
    run.finish()

    summary = read_document(run.run_dir, "summary.json")
    assert summary == {
        "val/loss.min": 1,
        "val/loss.last": 2,
        "acc.max": 0.3,
        "acc.mean": pytest.approx(0.2),
        "best_metric_value": 0.3,
        "best_metric_name": "acc",
        "best_metric_step": 1,
        "best_metric_mode": "max",
    }
    assert read_document(run.run_dir, "meta.json")["metrics"] == {
        "val/*": {"step_metric": "epoch", "summary": ["min", "last"], "goal": None},
        "acc": {"step_metric": None, "summary": ["max", "mean"], "goal": "maximize"},
    }


@pytest.mark.parametrize("options", [{"summary": "median"}, {"goal": "up"}, {"name": ""}])
def test_definitions_that_cannot_be_are_refused(start, options):
    with pytest.raises(InvalidInput):
        start().define_metric(**{"name": "loss", **options})


def test_the_best_value_is_written_before_the_end(start, read_document):
    run = start()
    run.set_primary_metric("acc")
    run.log(acc=0.5)
    run.flush()

    assert read_document(run.run_dir, "summary.json")["best_metric_value"] == 0.5
