import assert from "node:assert/strict";
import { test } from "node:test";
import { groupCurves, joinLines } from "runicorn/groups";

const line = (x, values) => ({ name: "m", steps: x, x, values, total: x.length, nonfinite: { count: 0, first_step: null, steps: [], kinds: [] } });

test("the mean stands at every logged x, with its extremes and how many runs it is of", () => {
  const { line: mean, band } = joinLines([line([0, 1, 2], [1, 2, 3]), line([0, 1], [3, 6])]);
  assert.deepEqual(mean.x, [0, 1, 2]);
  assert.deepEqual(mean.values, [2, 4, 3]);
  assert.deepEqual([band.low, band.high, band.counts], [[1, 2, 3], [3, 6, 3], [2, 2, 1]]);
});

test("between its points a run counts with what lies there, beyond its ends it does not", () => {
  const { line: mean, band } = joinLines([line([0, 10], [0, 10]), line([5, 20], [7, 7])]);
  assert.deepEqual(mean.x, [0, 5, 10, 20]);
  assert.deepEqual(mean.values, [0, 6, 8.5, 7]);
  assert.deepEqual(band.counts, [1, 2, 2, 1]);
});

test("a gap is not bridged", () => {
  const { line: mean, band } = joinLines([line([0, 1, 2], [1, null, 3]), line([0.5, 1, 1.5], [9, null, 9])]);
  assert.deepEqual(mean.values, [1, 9, null, 9, 3]);
  assert.deepEqual(band.counts, [1, 1, 0, 1, 1]);
});

test("runs are gathered by label; one alone stays as it is", () => {
  const curves = [0, 1, 2].map((index) => ({ index, label: `run ${index}`, line: line([0], [index]) }));
  const groups = groupCurves(curves, ["a", "b", "a"]);
  assert.deepEqual(groups.map(({ index, label }) => [index, label]), [[0, "a (mean of 2)"], [1, "b"]]);
  assert.equal(groups[0].line.values[0], 1);
  assert.equal(groups[1].band, undefined);
  assert.deepEqual(groupCurves(curves.slice(1, 2), ["a", "b", "a"]).map(({ index }) => index), [1]);
});

test("what is shaded is the range, a standard deviation or the standard error", () => {
  const lines = [1, 2, 3, 6].map((value) => line([0], [value]));
  const [low, high] = ["range", "deviation", "error"].map((spread) => joinLines(lines, spread).band).reduce(([lows, highs], band) => [[...lows, band.low[0]], [...highs, band.high[0]]], [[], []]);
  const deviation = Math.sqrt(14 / 3);
  assert.deepEqual(low, [1, 3 - deviation, 3 - deviation / 2]);
  assert.deepEqual(high, [6, 3 + deviation, 3 + deviation / 2]);
  assert.deepEqual(joinLines([line([0], [5])], "error").band, { low: [5], high: [5], counts: [1] });
});
