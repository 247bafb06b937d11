"""What goes along with a run when asked for: its environment, its code, its console, its machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from runicorn.sdk.complaints import get_logger

if TYPE_CHECKING:
    from runicorn.sdk.run import Run


class Companion(Protocol):
    """Something that starts with a run and stops with it; no call waits. `after_fork` is called in a forked child."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def after_fork(self) -> None: ...


class Companions:
    """Starts and stops them all; one that fails is told about and does not keep the others from it."""

    def __init__(self, companions: list[Companion]) -> None:
        self._companions = companions

    def start(self) -> None:
        """Start them all."""
        for companion in self._companions:
            self._call(companion, "start")

    def stop(self) -> None:
        """Stop them all, once."""
        companions, self._companions = self._companions, []
        for companion in reversed(companions):
            self._call(companion, "stop")

    def after_fork(self) -> None:
        """Become those of a forked child."""
        for companion in self._companions:
            self._call(companion, "after_fork")

    def _call(self, companion: Companion, method: str) -> None:
        try:
            getattr(companion, method)()
        except Exception:  # noqa: BLE001 - beside the point of training, whatever it is
            get_logger().warning("Runicorn could not %s %s.", method, type(companion).__name__, exc_info=True)


def choose_companions(
    run: Run,
    capture_env: bool,
    capture_console: bool,
    save_code: bool | str | os.PathLike[str],
    system_metrics: bool | float,
) -> list[Companion]:
    """Return what the arguments of `init` ask for. Only the run's own process has any."""
    if not run.is_owner:
        return []
    chosen: list[Companion] = []
    if capture_env or save_code:
        from runicorn.sdk.background import EnvironmentRecorder

        chosen.append(EnvironmentRecorder(run, capture_env, save_code))
    if capture_console:
        from runicorn.sdk.console import ConsoleCapture

        chosen.append(ConsoleCapture(run.log_lines))
    if system_metrics:
        from runicorn.sdk.system import SystemMonitor

        interval_s = 10.0 if system_metrics is True else float(system_metrics)
        chosen.append(SystemMonitor(run.log_beside, interval_s))
    return chosen
