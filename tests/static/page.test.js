import assert from "node:assert/strict";
import { test } from "node:test";
import { latestBy } from "runicorn/compared_images";
import { readView, writeView } from "runicorn/address";
import { merge } from "runicorn/live";
import { Pace } from "runicorn/request";
import { formatSpan, logLabels, middle, valueRange } from "runicorn/scales";
import { compare } from "runicorn/sorting";
import { batches, Source, seriesAddress, seriesFrame } from "runicorn/source";
import { next } from "runicorn/theme_switch";

test("all that watch share one frame", () => {
  assert.deepEqual(merge([{ runs: ["a"] }, { runs: ["a", "b"], logs: "a" }, { list: true }]), { type: "watch", list: true, runs: ["a", "b"], logs: "a" });
  assert.deepEqual(merge([]), { type: "watch", list: false, runs: [], logs: null });
});

test("a burst goes at once, a flood is spread below the limit of a hundred a minute", () => {
  const pace = new Pace();
  const waits = Array.from({ length: 300 }, () => pace.take(1000));
  assert.equal(waits.slice(0, 25).some((wait) => wait > 0), false);
  const inFirstMinute = waits.filter((wait) => wait < 60000).length;
  assert.ok(inFirstMinute < 100, String(inFirstMinute));
});

test("ranges leave room, also around a flat or an unknown curve", () => {
  assert.deepEqual(valueRange(0, 1, false), [-0.06, 1.06]);
  assert.deepEqual(valueRange(5, 5, false), [4.5, 5.5]);
  assert.deepEqual(valueRange(0, 0, false), [-1, 1]);
  assert.deepEqual(valueRange(null, null, false), [0, 1]);
  assert.deepEqual(valueRange(Infinity, -Infinity, true), [0.1, 1]);
  assert.ok(valueRange(0.001, 10, true)[0] > 0);
});

test("outliers do not stretch the axis", () => {
  const values = [1e9, -1e9, null, undefined, ...Array.from({ length: 98 }, (_, i) => i)];
  assert.deepEqual(middle(values), [1, 96]);
  assert.deepEqual(middle([null]), [null, null]);
  assert.deepEqual(middle([7]), [7, 7]);
});

test("a log axis names its powers of ten", () => {
  assert.deepEqual(logLabels([0.01, 0.02, 0.1, 0.5, 1]), ["0.01", "", "0.1", "", "1"]);
  assert.deepEqual(logLabels([1, 2, 3, 5]), ["1", "2", "", "5"]);
});

test("spans of time are short", () => assert.deepEqual([0, 30, 90, 900, 9000, 259200].map(formatSpan), ["0", "30 s", "90 s", "15 min", "150 min", "3 d"]));

test("cells sort as numbers, missing ones last either way", () => {
  for (const down of [true, false]) {
    const keys = ["\u2013", 10, "b", 9, "", "a"].sort((a, b) => compare(a, b, down));
    assert.deepEqual(keys.slice(0, 4), down ? ["b", "a", 10, 9] : [9, 10, "a", "b"]);
  }
});

test("colours go round", () => assert.deepEqual(["", "light", "dark"].map(next), ["light", "dark", ""]));

const answer = (x, values) => ({
  run_id: "a", x, total_steps: 3, damage: { lines: 0, torn_tail: false },
  series: [{ name: "loss", steps: [1, 2, 3], x: [101, 102, 103], values, total: 3, nonfinite: { count: 0, first_step: null, steps: [], kinds: [] } }],
});

test("what the page brought along is not asked for again, another range is", () => {
  const source = new Source({ runs: [{ id: "a", start: 100 }], answers: [answer("step", [1, 2, 3])] }, true);
  const whole = { axis: "step", range: null, points: 600, scale: "linear" };
  assert.equal(source.lacks("loss", whole), false);
  assert.equal(source.lacks("lr", whole), true);
  assert.equal(source.lacks("loss", { ...whole, range: [1, 2] }), true);
  source.age("a");
  assert.equal(source.lacks("loss", whole), true);
});

test("a report asks nobody: it turns and cuts what it has", () => {
  const source = new Source({ runs: [{ id: "a", start: 100 }], answers: [answer("time", [1, 2, 3])] }, false);
  assert.equal(source.lacks("lr", { axis: "step", range: null, points: 600, scale: "linear" }), false);
  assert.deepEqual(source.lines("loss", { axis: "step", range: null })[0].line.x, [1, 2, 3]);
  assert.deepEqual(source.lines("loss", { axis: "relative", range: [1.5, 1.6] })[0].line.x, [1, 2]);
});

test("a report keeps a metric's own axis beside wall time", () => {
  const source = new Source({ runs: [{ id: "a", start: 100 }], answers: [answer("time", [1, 2, 3]), answer("round", [7, 8, 9])] }, false);
  assert.deepEqual(source.lines("loss", { axis: "round", range: null })[0].line.values, [7, 8, 9]);
  assert.deepEqual(source.lines("loss", { axis: "time", range: null })[0].line.values, [1, 2, 3]);
});

test("wishes go together by their question, at most 24 at once", () => {
  const [step, round] = [{ axis: "step" }, { axis: "round" }];
  const wishes = Array.from({ length: 30 }, (_, i) => ({ name: `m${i}`, question: i === 3 ? round : step }));
  assert.deepEqual(batches(wishes).map(({ names, question }) => [names.length, question]), [[24, step], [5, step], [1, round]]);
});

test("an address names what is not as usual, and gives it back", () => {
  const usual = { axis: "own", smoothing: 0, log: false, clip: false, zoom: null };
  const view = { axis: "a, b", smoothing: 0.5, log: true, clip: false, zoom: { axis: "x,y", range: [1.5, 20] } };
  const search = writeView("?run=a&run=b&clip=1", view, usual);
  assert.deepEqual({ ...usual, ...readView(search) }, view);
  assert.deepEqual(new URLSearchParams(search).getAll("run"), ["a", "b"]);
  assert.equal(writeView(search, usual, usual), "?run=a&run=b");
  assert.deepEqual(readView("?zoom=1,x&smoothing=7&log=yes"), { zoom: null, smoothing: 0.99, log: false });
});

test("names with commas survive the address", () => {
  const query = new URLSearchParams(seriesAddress(["a", "b"], ["x, y", "z"], { axis: "step", range: [1, 2], points: 600 }).split("?")[1]);
  assert.deepEqual(query.getAll("names"), ["x, y", "z"]);
  assert.deepEqual([query.get("start"), query.get("stop"), query.getAll("runs")], ["1", "2", ["a", "b"]]);
  assert.equal(seriesFrame(["a"], ["z"], { axis: "step", range: null, points: 600 }).start, null);
});

test("of a run's images the latest by a step is shown", () => {
  const images = [{ step: 0 }, { step: 10 }, { step: 20 }];
  assert.deepEqual([-1, 0, 15, 99].map((step) => latestBy(images, step)?.step), [undefined, 0, 10, 20]);
});
