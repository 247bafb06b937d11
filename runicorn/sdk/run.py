"""`Run`: what a training script holds while it logs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Any

from runicorn.errors import StorageError
from runicorn.sdk import live
from runicorn.sdk.alerts import Alerts
from runicorn.sdk.companions import Companions, choose_companions
from runicorn.sdk.complaints import Complaints
from runicorn.sdk.config import Config
from runicorn.sdk.events import EventLog
from runicorn.sdk.media.base import Media
from runicorn.sdk.monitors import MetricMonitor
from runicorn.sdk.record import RunRecord
from runicorn.sdk.recorder import Recorder
from runicorn.sdk.settings import read_settings
from runicorn.sdk.silent import SilentRecorder
from runicorn.sdk.start import Start, find_start
from runicorn.sdk.summary import Summary
from runicorn.sdk.values import describe
from runicorn.sdk.watch import Watch
from runicorn.storage.journal import segment_path
from runicorn.storage.liveness import hostname
from runicorn.storage.status import FINISHED

if TYPE_CHECKING:
    from runicorn.sdk.anomalies import AnomalyDetector
    from runicorn.sdk.artifact import Artifact


class Run:
    """One training run. Use it in a `with` block, or call `finish` at the end.

    Nothing that happens to the storage reaches the training script, unless `strict=True` asked for it.
    """

    def __init__(
        self,
        project: str = "default",
        storage: str | os.PathLike[str] | None = None,
        run_id: str | None = None,
        name: str | None = None,
        capture_env: bool = True,
        *,
        config: Any = None,
        tags: Iterable[str] = (),
        notes: str | None = None,
        group: str | None = None,
        job_type: str | None = None,
        resume: str | bool | None = None,
        mode: str | None = None,
        durability: str = "process",
        strict: bool = False,
        capture_console: bool = False,
        save_code: bool | str | os.PathLike[str] = False,
        system_metrics: bool | float = False,
        webhook: str | None = None,
    ) -> None:
        """Make the run's folder and say that it is running; see docs/sdk.md for every argument.

        Raises InvalidInput for arguments that cannot be meant, and Conflict or RunNotFound when `resume` forbids what
        is there. A storage that cannot be written is reported, not raised.
        """
        self.settings = read_settings(
            project=project,
            storage=storage,
            run_id=run_id,
            name=name,
            resume=resume,
            mode=mode,
            durability=durability,
            strict=strict,
            webhook=webhook,
            labels={"tags": tags, "notes": notes, "group": group, "job_type": job_type},
        )
        self._complaints = Complaints()
        start = find_start(self.settings)
        self._place(start)
        self._begin(start)
        self._record.label()
        if config is not None:
            self.config.update(config)
        chosen = choose_companions(self, capture_env, capture_console, save_code, system_metrics)
        self._companions = Companions(chosen if self.settings.enabled else [])
        self._companions.start()

    def _place(self, start: Start) -> None:
        self.files = start.files
        self.id = start.files.run_id
        self.project = self.settings.project
        self.name = self.settings.experiment
        self.storage_root = self.settings.root
        self.run_dir = start.files.path
        self.runs_dir, self.experiment_dir, self.project_dir = self.run_dir.parents[:3]
        self.media_dir = start.files.media
        self.storage_backend = None
        self.is_finished = False

    def _begin(self, start: Start) -> None:
        settings, complaints = self.settings, self._complaints
        how = {"strict": settings.strict, "power_safe": settings.power_safe, "hand_over": settings.hand_over}
        make = Recorder if settings.enabled else SilentRecorder
        self._recorder = make(start.files, start.events, complaints=complaints, **how)
        self._events = EventLog(self._recorder, complaints, step=start.step, rank=settings.rank, strict=settings.strict)
        who = {"id": self.id, "project": self.project, "name": self.name}
        self._alerts = Alerts(self.log_text, settings.webhook, complaints, who)
        self._watch = Watch(self._alerts, start.summary)
        self._record = RunRecord(start, settings, self._recorder, self._events, self._watch)
        self._recorder.on_tick = self._record.keep_up
        live.follow(self)
        self._recorder.start()
        self._record.begin(start)

    @property
    def is_owner(self) -> bool:
        """Whether the run belongs to this process: not to another rank, and not to the parent of a fork."""
        return self._record.is_owner

    @property
    def config(self) -> Config:
        """The hyperparameters."""
        return self._record.config

    @property
    def summary(self) -> Summary:
        """The results: `run.summary({...})`, `run.summary[name] = value`."""
        return self._record.summary

    @property
    def monitor(self) -> MetricMonitor:
        """The alert rules and recent statistics of this run."""
        return self._watch.monitor

    @cached_property
    def anomaly_detector(self) -> AnomalyDetector:
        """A detector of unusual values, for the script to use."""
        from runicorn.sdk.anomalies import AnomalyDetector

        return AnomalyDetector()

    @property
    def step(self) -> int:
        """The step logged last."""
        return self._events.step

    @property
    def artifact_storage(self) -> Any:
        """The `runicorn.artifacts.ArtifactStorage` of this run's root; it stands above the SDK, since it reads too."""
        return import_module("runicorn.artifacts").ArtifactStorage(self.storage_root)

    def log(self, data: Mapping[str, Any] | None = None, step: Any = None, *, stage: Any = None, **values: Any) -> None:
        """Log metrics: `run.log({"loss": 0.5})` or `run.log(loss=0.5)`, at `step` or else at the next one.

        Nested mappings are flattened with `/`; media become events of their own. The event outlives the process once
        this has returned.
        """
        try:
            if data is None:
                data = values
            elif values:
                data = {**data, **values}
            kept, step = self._events.log_metrics(data, step, stage)
            self._watch.see(kept, step)
        except Exception as error:  # noqa: BLE001 - whatever it is, training is worth more
            self._bear("log", error)

    def log_text(self, text: str) -> None:
        """Append `text` to the run's log, stamped with the time of day."""
        self.log_lines([text if isinstance(text, str) else describe(text)])

    def log_lines(self, lines: Iterable[str]) -> None:
        """Append several lines of text at once, stamped like those of `log_text`."""
        stamp = time.strftime("%H:%M:%S")
        text = "".join(f"{stamp} | {line}\n" for line in lines)
        self._recorder.append_log(text.encode("utf-8", "replace"))

    def log_beside(self, values: Mapping[str, Any]) -> None:
        """Log metrics at the step the run has reached, without moving the counter: for what samples in a thread."""
        self._events.log_beside(values)

    def log_image(
        self,
        key: str,
        image: Any,
        step: int | None = None,
        caption: str | None = None,
        format: str = "png",
        quality: int = 90,
    ) -> str:
        """Keep an image (Pillow, array, figure, bytes, or a path) under `media/`; returns its path in the run.

        The step counter stays. Raises FileNotFoundError for a missing file, RuntimeError without Pillow.
        """
        from runicorn.sdk.media.image import Image

        return self._events.log_media(key, Image(image, caption=caption, format=format, quality=quality), step) or ""

    def log_media(self, key: str, media: Media, step: int | None = None) -> str | None:
        """Keep any sample, such as `runicorn.Audio` or `runicorn.Table`; returns its path, if it has one."""
        try:
            return self._events.log_media(key, media, step)
        except Exception as error:  # noqa: BLE001 - whatever it is, training is worth more
            self._bear("log_media", error)
            return None

    def set_primary_metric(self, metric_name: str, mode: str = "max") -> None:
        """Track the best value of one metric; it goes into the summary. `mode` is "max" or "min"."""
        self._watch.set_primary(metric_name, mode)

    def define_metric(
        self,
        name: str,
        step_metric: str | None = None,
        summary: str | list[str] | tuple[str, ...] | None = None,
        goal: str | None = None,
    ) -> None:
        """Say what a metric is: its own x-axis, which values the summary keeps (min, max, last, mean), and its goal.

        `name` may hold `*`. The summary's keys are `name.min` and so on. A `goal` of "minimize" or "maximize" makes
        the metric the primary one when there is none yet.
        """
        from runicorn.sdk.definitions import make_definition

        self._watch.define(make_definition(name, step_metric, summary, goal))
        self._record.define()

    def alert(self, title: str, text: str = "", level: str = "warning") -> None:
        """Tell people: into the run's log, and to the webhook when one was given to `init`."""
        self._alerts.send(title, text, level)

    def log_artifact(self, artifact: Artifact) -> int:
        """Store a new version of `artifact` and record that this run made it; returns the version number."""
        from runicorn.sdk.artifact_log import log_artifact

        return log_artifact(self, artifact)

    def use_artifact(self, name: str) -> Artifact:
        """Return the artifact `"name:v2"` or `"name:alias"` and record that this run used it."""
        from runicorn.sdk.artifact_log import use_artifact

        return use_artifact(self, name)

    def flush(self) -> bool:
        """Make everything logged so far survive a power cut; returns whether the disk could promise that."""
        return self._recorder.flush()

    def finish(self, status: str = FINISHED) -> None:
        """End the run: best values into the summary, `status` and the time of the end. May be called again.

        Returns within seconds even if the storage hangs. With `strict`, raises StorageError unless all is on disk.
        """
        self.is_finished = True
        self._companions.stop()
        self._record.end(status)
        is_safe = self._recorder.close()
        self._alerts.close(timeout=1.0)
        if self.settings.strict and not is_safe:
            raise StorageError(f"Run {self.id}: not all of it is known to be on disk.")

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None or not self.is_finished:
            self.finish(live.status_after(error))

    def __repr__(self) -> str:
        return f"<Run {self.id} of {self.project}/{self.name}>"

    def _repr_html_(self) -> str:
        from runicorn.sdk.notebook import render_run

        return render_run(self)

    def _bear(self, call: str, error: Exception) -> None:
        """Take a mistake, the caller's or ours, as it was asked for: raised with `strict`, else told once."""
        if self.settings.strict:
            raise error
        self._complaints.say(f"{call} {type(error).__name__}", f"run.{call}: {type(error).__name__}: {error}")

    def _after_fork(self) -> None:
        self._companions.after_fork()
        self._recorder.after_fork(segment_path(self.run_dir, hostname(), os.getpid()))

    def _at_exit(self) -> None:
        """A run that nobody finished stays running, with its best values and its losses written down."""
        if self.is_owner and not self.is_finished:
            self._recorder.flush(timeout=2.0)
