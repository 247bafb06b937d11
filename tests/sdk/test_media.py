"""Samples to look at or listen to: their files and events."""

from __future__ import annotations

import csv
import io
import wave

import numpy as np
import pytest

import runicorn as rn

PIL = pytest.importorskip("PIL.Image")


@pytest.fixture
def sole_event(read_events):
    """The one event of a kind, and the bytes of its file."""

    def read(run, kind):
        (event,) = read_events(run.run_dir, kind=kind)
        path = event["data"]["path"]
        return event["data"], (run.run_dir / path).read_bytes() if path else None

    return read


def test_media_among_metrics_become_events_at_the_same_step(start, read_events, read_metrics):
    run = start()
    run.log({"loss": 0.5, "sample": {"text": rn.Text("hello", caption="greeting")}}, step=7)
    run.log({"only": rn.Text("no numbers")})
    run.log(loss=0.25)

    first, second = read_events(run.run_dir, kind="text")
    assert first["data"] | {"path": None} == {
        "key": "sample/text",
        "path": None,
        "step": 7,
        "caption": "greeting",
    }
    assert (run.run_dir / first["data"]["path"]).read_text() == "hello"
    assert second["data"]["step"] == 8
    assert read_metrics(run.run_dir, "global_step") == [7, 9]


def test_a_figure_of_matplotlib_is_an_image(start, sole_event):
    class Figure:
        def savefig(self, buffer, format, bbox_inches):
            buffer.write(f"{format} {bbox_inches}".encode())

    run = start()
    run.log_image("plot", Figure())

    assert sole_event(run, "image")[1] == b"png tight"


def test_a_figure_of_plotly_is_html_or_an_image(start, sole_event):
    class Figure:
        def to_image(self, format):
            raise ValueError("kaleido is missing")

        def to_html(self, include_plotlyjs):
            return f"<p>{include_plotlyjs}</p>"

    run = start()
    with pytest.raises(RuntimeError, match="kaleido"):
        run.log_image("plot", Figure())
    run.log(plot=rn.Html(Figure()))

    assert sole_event(run, "html")[1] == b"<p>True</p>"


def test_samples_of_sound_become_wav(start, sole_event):
    run = start()
    run.log(tone=rn.Audio(np.sin(np.linspace(0, 100, 8000)), sample_rate=8000, caption="a tone"))

    data, content = sole_event(run, "audio")
    with wave.open(io.BytesIO(content)) as sound:
        assert (sound.getnchannels(), sound.getframerate(), sound.getnframes()) == (1, 8000, 8000)
    assert (data["sample_rate"], data["duration_s"], data["caption"]) == (8000, 1.0, "a tone")


@pytest.mark.parametrize("shape", [(2, 100), (100, 2)])
def test_stereo_may_have_its_channels_first_or_last(start, sole_event, shape):
    run = start()
    run.log_media("s", rn.Audio(np.zeros(shape, dtype=np.int16), sample_rate=100))

    with wave.open(io.BytesIO(sole_event(run, "audio")[1])) as sound:
        assert (sound.getnchannels(), sound.getnframes()) == (2, 100)


def test_files_are_kept_with_their_own_format(start, tmp_path, sole_event):
    (tmp_path / "clip.webm").write_bytes(b"video")
    run = start()
    run.log(clip=rn.Video(tmp_path / "clip.webm", fps=24))

    data, content = sole_event(run, "video")
    assert (data["path"].endswith("_clip.webm"), data["fps"], content) == (True, 24, b"video")


def test_frames_become_an_animation(start, sole_event):
    run = start()
    frames = np.zeros((3, 8, 10, 3), dtype=np.uint8)
    frames[1] += 100
    frames[2] += 200
    run.log(clip=rn.Video(frames, fps=10))

    data, content = sole_event(run, "video")
    with PIL.open(io.BytesIO(content)) as animation:
        assert (animation.n_frames, animation.size, animation.format) == (3, (10, 8), "GIF")
    assert data["path"].endswith(".gif")


def rows_of(content):
    return list(csv.reader(io.StringIO(content.decode())))


def test_rows_become_a_table(start, sole_event):
    table = rn.Table(columns=["name", "score"])
    table.add("é, 1", 0.5)
    table.add(None, np.float32(0.25))
    run = start()
    run.log(results=table)

    data, content = sole_event(run, "table")
    assert rows_of(content) == [["name", "score"], ["é, 1", "0.5"], ["", "0.25"]]
    assert (data["columns"], data["row_count"]) == (["name", "score"], 2)


def test_mappings_become_a_table_of_all_their_names(start, sole_event):
    run = start()
    run.log(results=rn.Table([{"a": 1}, {"b": 2, "a": 3}]))

    assert rows_of(sole_event(run, "table")[1]) == [["a", "b"], ["1"], ["3", "2"]]


def test_a_data_frame_becomes_a_table(start, sole_event):
    pandas = pytest.importorskip("pandas")
    run = start()
    run.log(results=rn.Table(pandas.DataFrame({"a": [1, 2], "b": ["x", None]})))

    data, content = sole_event(run, "table")
    assert rows_of(content) == [["a", "b"], ["1", "x"], ["2", ""]]
    assert data["row_count"] == 2


def test_a_histogram_is_in_its_event(start, sole_event):
    run = start()
    run.log(weights=rn.Histogram([0, 1, 1, 2, float("nan"), float("inf")], bins=2))

    data, content = sole_event(run, "histogram")
    assert (data["counts"], data["edges"], data["nonfinite"]) == ([1, 3], [0.0, 1.0, 2.0], 2)
    assert (data["path"], content) == (None, None)


def test_a_histogram_may_be_counted_already(start, sole_event):
    run = start()
    run.log(h=rn.Histogram(np_histogram=np.histogram([1, 2, 3], bins=3)))

    assert sole_event(run, "histogram")[0]["counts"] == [1, 1, 1]


@pytest.mark.parametrize(
    "make",
    [
        lambda: rn.Audio(np.zeros(5)),
        lambda: rn.Audio(np.zeros((5, 5, 5)), sample_rate=1),
        lambda: rn.Image(np.zeros((2, 2, 7))),
        lambda: rn.Video(np.zeros((0, 2, 2))),
        lambda: rn.Table([[1]], columns=["a"], format="parquet"),
        lambda: rn.Html(7),
        lambda: rn.Image("missing.png"),
    ],
    ids=["no rate", "no sound", "no picture", "no frames", "no frame", "no html", "no file"],
)
def test_media_that_cannot_be_made_are_no_harm(start, caplog, make, read_metrics):
    run = start()
    run.log({"loss": 1, "media": make()})

    assert read_metrics(run.run_dir, "loss") == [1]
    assert len(caplog.records) == 1
    assert run.log_media("media", make()) is None
    with pytest.raises((ValueError, OSError)):
        start(strict=True).log_media("media", make())


@pytest.mark.parametrize("make", [lambda: rn.Histogram([1], bins=0), lambda: rn.Table([7]), lambda: rn.Table(["ab"])])
def test_wrong_arguments_of_media_are_refused(make):
    with pytest.raises(ValueError):
        make()


@pytest.mark.parametrize("key", ["a/b\\c", "..", "ключ", "x" * 200, "a:b*c?"])
def test_keys_of_every_kind_become_file_names(start, key, sole_event):
    run = start()
    run.log_image(key, b"png")

    data, content = sole_event(run, "image")
    assert (data["key"], content) == (key, b"png")
    assert data["path"].count("/") == 1
