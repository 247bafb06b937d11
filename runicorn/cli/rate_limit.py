"""`runicorn rate-limit`: how many requests the viewer takes from one client."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from runicorn.cli import options
from runicorn.cli.output import write, write_json, write_table
from runicorn.cli.rate_limit_file import Document, describe_rate, read_document, write_document

if TYPE_CHECKING:
    from runicorn.viewer.rates import Rate

ACTIONS = ("show", "list", "get", "set", "remove", "settings", "reset", "validate")
COLUMNS = ("endpoint", "requests", "seconds", "per second")


@click.command("rate-limit")
@click.option("--action", type=click.Choice(ACTIONS), default="show", show_default=True, help="What to do.")
@click.option("--endpoint", metavar="PATH", help="A path below /api/, or the beginning of several.")
@click.option("--max-requests", type=click.IntRange(min=1), help="For set: requests in the window.")
@click.option("--window", type=click.IntRange(min=1), default=60, show_default=True, help="For set: seconds.")
@click.option("--burst", type=click.IntRange(min=1), help="For set: requests in any one second.")
@click.option("--description", help="For set: a note kept in the file.")
@click.option("--enable/--disable", "enable", default=None, help="For settings: count requests at all.")
@click.option("--log-violations/--no-log-violations", default=None, help="For settings: log refused requests.")
@click.option("--whitelist-localhost/--no-whitelist-localhost", default=None, help="For settings: spare this machine.")
@options.yes
@options.as_json
@options.verbosity
def command(action: str, endpoint: str | None, yes: bool, as_json: bool, **values: Any) -> None:
    """Show or change the viewer's rate limits.

    They are kept in rate_limits.json, which the viewer reads when it starts. Without --endpoint, set changes the
    limit of every endpoint that has none of its own.
    """
    if action in ("get", "remove") and endpoint is None:
        raise click.UsageError(f"--action {action} needs --endpoint.")
    if action == "set":
        _set(endpoint, values)
    elif action == "remove":
        _remove(str(endpoint))
    elif action == "settings":
        _change_settings(values, as_json=as_json)
    elif action == "reset":
        _reset(confirmed=yes)
    else:
        READ_ACTIONS[action](endpoint, as_json)


def _show(endpoint: str | None, as_json: bool) -> None:
    from runicorn.viewer.rates import load_rates, rates_file

    rates = load_rates()
    if as_json:
        write_json({**read_document(), "file": str(rates_file())})
        return
    write(f"File: {rates_file()}{'' if rates_file().exists() else ' (not there: the shipped limits hold)'}")
    write(f"Limits are {'on' if rates.enabled else 'off'}; this machine is {_spared(rates.whitelist_localhost)}.")
    _list(endpoint, as_json)


def _list(endpoint: str | None, as_json: bool) -> None:
    from runicorn.viewer.rates import load_rates

    rates = load_rates()
    if as_json:
        write_json({key: read_document()[key] for key in ("default", "endpoints")})
        return
    write_table(
        COLUMNS, [("default", *_numbers(rates.default)), *((k, *_numbers(v)) for k, v in rates.endpoints.items())]
    )


def _get(endpoint: str | None, as_json: bool) -> None:
    from runicorn.viewer.rates import load_rates

    rate = load_rates().of(str(endpoint))
    if as_json:
        write_json({"endpoint": endpoint, **describe_rate(rate)})
    else:
        write_table(COLUMNS, [(endpoint, *_numbers(rate))])


def _validate(endpoint: str | None, as_json: bool) -> None:
    from runicorn.viewer.rates import load_rates, rates_file

    load_rates()
    write_json({"valid": True, "file": str(rates_file())}) if as_json else write("The rate limits are in order.")


READ_ACTIONS: dict[str, Callable[[str | None, bool], None]] = {
    "show": _show,
    "list": _list,
    "get": _get,
    "validate": _validate,
}


def _set(endpoint: str | None, values: Document) -> None:
    if values["max_requests"] is None:
        raise click.UsageError("--action set needs --max-requests.")
    document = read_document()
    entry = {
        "max_requests": values["max_requests"],
        "window_seconds": values["window"],
        "burst_size": values["burst"],
    }
    if values["description"]:
        entry["description"] = values["description"]
    if endpoint is None:
        document["default"] = entry
    else:
        document["endpoints"][_path(endpoint)] = entry
    write_document(document)
    write(f"{endpoint or 'default'}: {values['max_requests']} requests in {values['window']} s.")


def _remove(endpoint: str) -> None:
    from runicorn.errors import NotFound

    document = read_document()
    if document["endpoints"].pop(endpoint, None) is None:
        raise NotFound(f"{endpoint} has no limit of its own.")
    write_document(document)
    write(f"{endpoint}: the default limit holds now.")


def _change_settings(values: Document, *, as_json: bool) -> None:
    names = {
        "enable": "enable_rate_limiting",
        "log_violations": "log_violations",
        "whitelist_localhost": "whitelist_localhost",
    }
    changes = {names[key]: values[key] for key in names if values[key] is not None}
    document = read_document()
    document["settings"].update(changes)
    if changes:
        write_document(document)
    if as_json:
        write_json(document["settings"])
        return
    for name in names.values():
        write(f"{name}: {'yes' if document['settings'][name] else 'no'}")


def _reset(*, confirmed: bool) -> None:
    from runicorn.viewer.rates import rates_file

    path = rates_file()
    if not path.exists():
        write("The shipped limits hold already.")
        return
    if not confirmed:
        click.confirm(f"Remove {path}, so that the shipped limits hold?", abort=True)
    path.unlink()
    write("The shipped limits hold.")


def _path(endpoint: str) -> str:
    if not endpoint.startswith("/api/"):
        raise click.UsageError("--endpoint is a path below /api/, such as /api/runs.")
    return endpoint


def _numbers(rate: Rate) -> tuple[int, int, int | None]:
    return rate.max_requests, rate.window_seconds, rate.burst_size


def _spared(whitelisted: bool) -> str:
    return "not limited" if whitelisted else "limited like any other"
