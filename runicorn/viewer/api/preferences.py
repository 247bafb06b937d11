"""/api/config/column-widths and /api/config/dismissed-alerts"""

from __future__ import annotations

from typing import Any

from flask import Response

from runicorn.viewer import answers, preferences
from runicorn.viewer.blueprint import Blueprint
from runicorn.viewer.schemas.preferences import AlertBody, Alerts, Done, ResetQuery, Widths, WidthsBody, WidthsQuery

blp = Blueprint("preferences", __name__, url_prefix="/api/config", description="Preferences of web interfaces.")


@blp.get("/column-widths")
@blp.arguments(WidthsQuery, location="query")
@blp.response(200, Widths)
def show_column_widths(query: dict[str, Any]) -> Response:
    """Show the column widths of a table at a window size."""
    return answers.respond({**query, "widths": preferences.read_widths(**query)})


@blp.post("/column-widths")
@blp.arguments(WidthsBody)
@blp.response(200, Done)
def save_column_widths(body: dict[str, Any]) -> Response:
    """Keep the column widths of a table at a window size."""
    window = (body.get("window_width"), body.get("window_height"))
    preferences.write_widths(body["table"], body["size"], body["widths"], window)
    return _done("Column width preferences saved")


@blp.delete("/column-widths")
@blp.arguments(ResetQuery, location="query")
@blp.response(200, Done)
def delete_column_widths(query: dict[str, Any]) -> Response:
    """Forget the column widths of a table."""
    preferences.reset_widths(query["table"], query.get("size"))
    return _done("Column width preferences reset")


@blp.post("/column-widths/reset")
@blp.arguments(ResetQuery, location="query")
@blp.response(200, Done)
def reset_column_widths(query: dict[str, Any]) -> Response:
    """Forget the column widths of a table, for clients that cannot send DELETE."""
    preferences.reset_widths(query["table"], query.get("size"))
    return _done("Column width preferences reset")


@blp.get("/dismissed-alerts")
@blp.response(200, Alerts)
def list_dismissed_alerts() -> Response:
    """List the alerts that are not shown any more."""
    return answers.respond({"dismissed_alerts": preferences.read_alerts()})


@blp.post("/dismissed-alerts/dismiss")
@blp.arguments(AlertBody)
@blp.response(200, Done)
def dismiss_alert(body: dict[str, Any]) -> Response:
    """Do not show an alert any more."""
    preferences.change_alerts(lambda alerts: [*alerts, body["alert_id"]])
    return _done(f"Alert '{body['alert_id']}' dismissed")


@blp.post("/dismissed-alerts/undismiss")
@blp.arguments(AlertBody)
@blp.response(200, Done)
def restore_alert(body: dict[str, Any]) -> Response:
    """Show an alert again."""
    preferences.change_alerts(lambda alerts: [alert for alert in alerts if alert != body["alert_id"]])
    return _done(f"Alert '{body['alert_id']}' restored")


@blp.post("/dismissed-alerts/clear")
@blp.response(200, Done)
def clear_alerts() -> Response:
    """Show every alert again."""
    preferences.change_alerts(lambda alerts: [])
    return _done("All dismissed alerts cleared")


def _done(message: str) -> Response:
    return answers.respond({"ok": True, "message": message})
