import assert from "node:assert/strict";
import { register } from "node:module";
import { test } from "node:test";

// The chart module draws with uPlot, which needs a browser; what is tested here does not draw.
register(`data:text/javascript,${encodeURIComponent(`
  export const resolve = (name, context, next) =>
    name === "uplot" ? { url: "data:text/javascript,export default class {}", shortCircuit: true } : next(name, context);
`)}`);
const { rowsOf } = await import("runicorn/chart");
const { acrossRange } = await import("runicorn/scales");
const { toSvg } = await import("runicorn/svg");
const { pointsText, rangeText, sqlOf } = await import("runicorn/chart_card");

const none = { count: 0, first_step: null, steps: [], kinds: [] };
const curve = (values, nonfinite = none) => ({
  index: 0, label: "a", line: { name: "m", steps: values.map((_, i) => i), x: values.map((_, i) => i), values, total: values.length, nonfinite },
});
const view = { axis: "step", log: false, smoothing: 0, range: null };
const colours = { run: () => "#123456" };

test("a log axis shows only what is above zero", () => {
  assert.deepEqual(rowsOf([curve([1, 0, -1, 2])], { ...view, log: true })[1], [1, null, null, 2]);
});

test("smoothed curves bring their raw shadow along", () => {
  const rows = rowsOf([curve([1, 3])], { ...view, smoothing: 0.5 });
  assert.equal(rows.length, 3);
  assert.deepEqual(rows[1], [1, 3]);
});

test("a saved chart breaks its path at a gap and escapes its name", () => {
  const svg = toSvg('<b> & "loss"', [curve([1, 2, null, 4, 5])], view, colours);
  assert.match(svg, /&lt;b&gt; &amp; &quot;loss&quot;/);
  const path = svg.match(/<path d="([^"]+)" fill="none" stroke="#123456"/)[1];
  assert.equal(path.match(/M/g).length, 2);
  assert.equal(path.match(/L/g).length, 2);
});

test("the SQL of a chart quotes what it names", () => {
  assert.match(sqlOf("it's", ["a", "b"]), /metric = 'it''s'\n  AND run_id IN \('a', 'b'\)/);
});

test("a chart says how many of how many points it shows", () => {
  assert.equal(pointsText(600, 1500, false), "600 of 1,500 points");
  assert.equal(pointsText(1, 1, false), "1 point");
  assert.equal(pointsText(980, 4100, true), "4,100 points joined");
});

test("on a logarithmic x axis every power of ten is as wide", () => {
  const line = { name: "m", steps: [1, 10, 100], x: [1, 10, 100], values: [0, 1, 2], total: 3, nonfinite: none };
  const [, path] = toSvg("m", [{ index: 0, label: "a", line }], { ...view, logx: true }, colours).match(/<path d="(M[^"]*)" fill="none"/);
  const xs = path.slice(1).split("L").map((point) => Number(point.split(" ")[0]));
  assert.equal(Math.round(xs[1] - xs[0]), Math.round(xs[2] - xs[1]));
});

test("the lowest and highest value leave out what is none", () => {
  assert.equal(rangeText([null, 2, undefined, -1]), "-1 – 2");
  assert.equal(rangeText([null]), "");
});

test("a zoom that begins at zero begins at the first point on a logarithmic axis", () => {
  assert.deepEqual(acrossRange(2, 90, false, [0, 100]), [0, 100]);
  assert.deepEqual(acrossRange(2, 90, true, [0, 100]), [2, 100]);
  assert.deepEqual(acrossRange(2, 90, true, [5, 100]), [5, 100]);
  assert.deepEqual(acrossRange(null, null, true, [-5, 100]), [1, 10]);
  assert.deepEqual(acrossRange(7, 7, true, null), [3.5, 14]);
  assert.deepEqual(acrossRange(7, 7, false, null), [6, 8]);
});
