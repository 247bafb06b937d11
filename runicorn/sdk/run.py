"""`Run`: what a training script holds while it logs."""

from __future__ import annotations

import os
import secrets
import time
import weakref
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from runicorn.sdk.complaints import Complaints
from runicorn.sdk.config import Config
from runicorn.sdk.documents import REMOVED
from runicorn.sdk.events import EventLog
from runicorn.sdk.images import encode_image
from runicorn.sdk.recorder import Recorder
from runicorn.sdk.settings import read_settings
from runicorn.sdk.silent import SilentRecorder
from runicorn.sdk.start import Start, find_start
from runicorn.sdk.summary import PrimaryMetric, Summary
from runicorn.sdk.values import describe, to_json_or_text
from runicorn.storage.documents import find_object
from runicorn.storage.journal import segment_path
from runicorn.storage.labels import check_labels, write_labels
from runicorn.storage.liveness import hostname
from runicorn.storage.names import fit_file_name
from runicorn.storage.status import FAILED, FINISHED, INTERRUPTED, RUNNING

if TYPE_CHECKING:
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
    ) -> None:
        """Make the run's folder and say that it is running; see docs/sdk.md for every argument.

        Raises InvalidInput for arguments that cannot be meant, and Conflict or RunNotFound when `resume` forbids what
        is there. A storage that cannot be written is reported, not raised.
        """
        labels = {"tags": tags, "notes": notes, "group": group, "job_type": job_type}
        labels = check_labels(**{key: value for key, value in labels.items() if value})
        self.settings = read_settings(
            project=project,
            storage=storage,
            run_id=run_id,
            name=name,
            resume=resume,
            mode=mode,
            durability=durability,
            strict=strict,
        )
        start = find_start(self.settings, name)
        self._begin(start, name)
        if labels and start.is_owner:
            self._label(labels)
        if config is not None:
            self.config.update(config)

    def _begin(self, start: Start, name: str | None) -> None:
        settings, files = self.settings, start.files
        self.files = files
        self.id = files.run_id
        self.project = settings.project
        self.name = name
        self.storage_root = settings.root
        self.run_dir = files.path
        self.runs_dir = files.path.parent
        self.experiment_dir = self.runs_dir.parent
        self.project_dir = self.experiment_dir.parent
        self.media_dir = files.media
        self._owner_pid = os.getpid() if start.is_owner else None
        self._primary: PrimaryMetric | None = None
        self._is_best_new = False
        self._complaints = Complaints()
        kind = Recorder if settings.enabled else SilentRecorder
        self._recorder = kind(
            files,
            start.events,
            strict=settings.strict,
            power_safe=settings.power_safe,
            hand_over=settings.hand_over,
            complaints=self._complaints,
        )
        self._events = EventLog(
            self._recorder, self._complaints, step=start.step, rank=settings.rank, strict=settings.strict
        )
        self._recorder.on_tick = self._keep_up
        self.summary = Summary(find_object(files.summary), self._write_summary)
        self.config = Config(find_object(files.config), self._write_config)
        self._reported = (0, 0)
        _live_runs.add(self)
        self._recorder.start()
        if start.failure is not None:
            self._recorder.report(start.failure)
        if start.is_owner:
            self._recorder.documents.update(files.meta, start.meta)
            self._say_running(start)

    def log(self, data: Mapping[str, Any] | None = None, *, step: Any = None, stage: Any = None, **values: Any) -> None:
        """Log metrics: `run.log({"loss": 0.5})` or `run.log(loss=0.5)`, at `step` or else at the next one.

        Nested mappings are flattened with `/`. The event outlives the process once this has returned.
        """
        try:
            if data is None:
                data = values
            elif values:
                data = {**data, **values}
            kept, step = self._events.log_metrics(data, step, stage)
            primary = self._primary
            if primary is not None and primary.name in kept and primary.see(kept[primary.name], step):
                self._is_best_new = True
        except Exception as error:  # noqa: BLE001 - whatever it is, training is worth more
            self._bear("log", error)

    def log_text(self, text: str) -> None:
        """Append `text` to the run's log, stamped with the time of day."""
        text = text if isinstance(text, str) else describe(text)
        line = f"{time.strftime('%H:%M:%S')} | {text}\n"
        self._recorder.append_log(line.encode("utf-8", "replace"))

    def log_image(
        self,
        key: str,
        image: Any,
        step: int | None = None,
        caption: str | None = None,
        format: str = "png",
        quality: int = 90,
    ) -> str:
        """Keep an image (Pillow, array, bytes, or a path) under `media/`; returns its path in the run.

        The step counter stays. Raises FileNotFoundError for a missing file, RuntimeError without Pillow.
        """
        image_format = format.lower()
        data = encode_image(image, image_format=image_format, quality=quality)
        path = self._new_media_path(key, image_format)
        self._recorder.write_file(self.run_dir / path, data)
        self._events.log_record("image", {"key": key, "path": path, "step": step, "caption": caption})
        return path

    def set_primary_metric(self, metric_name: str, mode: str = "max") -> None:
        """Track the best value of one metric; it goes into the summary. `mode` is "max" or "min"."""
        self._primary = PrimaryMetric(metric_name, mode)

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
        """End the run: best values into the summary, `status` and the time of the end. May be called again."""
        self._keep_up()
        if self._owner_pid == os.getpid():
            fields = {"status": status, "ended_at": time.time()}
            self._recorder.documents.update(self.files.status, fields)
        self._recorder.close()

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None or (issubclass(kind, SystemExit) and not getattr(error, "code", None)):
            self.finish()
        else:
            self.finish(INTERRUPTED if issubclass(kind, KeyboardInterrupt) else FAILED)

    def _bear(self, call: str, error: Exception) -> None:
        """Take a mistake, the caller's or ours, as it was asked for: raised with `strict`, else told once."""
        if self.settings.strict:
            raise error
        self._complaints.say(f"{call} {type(error).__name__}", f"run.{call}: {type(error).__name__}: {error}")

    def _say_running(self, start: Start) -> None:
        fields = {"status": RUNNING, "started_at": time.time(), "ended_at": REMOVED, "exit_reason": REMOVED}
        self._recorder.documents.update(self.files.status, fields)
        if start.attempt > 1:
            self._events.log_record("resume", {"attempt": start.attempt, "step": start.step})

    def _label(self, labels: dict[str, Any]) -> None:
        if not self.settings.enabled:
            return
        try:
            write_labels(self.storage_root, self.files, sync=False, **labels)
        except OSError as error:
            self._recorder.report(error)

    def _new_media_path(self, key: str, suffix: str) -> str:
        return f"media/{time.time_ns() // 1_000_000}_{secrets.token_hex(3)}_{fit_file_name(key)}.{suffix}"

    def _write_summary(self, changes: Mapping[str, Any]) -> Mapping[str, Any]:
        kept = to_json_or_text(changes)
        self._recorder.documents.update(self.files.summary, kept)
        return kept

    def _write_config(self) -> None:
        self._recorder.documents.update(self.files.config, self.config.as_dict())

    def _keep_up(self) -> None:
        """Write down what only memory knows: the best value so far, and what could not be kept."""
        if self._is_best_new and self._primary is not None:
            self._is_best_new = False
            self.summary(self._primary.to_summary())
        lost = (self._recorder.dropped, self._events.refused)
        if lost != self._reported and self._owner_pid == os.getpid():
            self._reported = lost
            self._recorder.documents.update(self.files.status, {"dropped_events": lost[0], "refused_values": lost[1]})

    def _after_fork(self) -> None:
        self._owner_pid = None
        self._recorder.after_fork(segment_path(self.run_dir, hostname(), os.getpid()))


_live_runs: weakref.WeakSet[Run] = weakref.WeakSet()


def _after_fork() -> None:
    for run in list(_live_runs):
        run._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
