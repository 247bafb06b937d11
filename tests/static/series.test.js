import assert from "node:assert/strict";
import { test } from "node:test";
import { align, breakAtMarks, cut, lonely, marks, matcher, positive, smooth, turn } from "runicorn/series";

const none = { count: 0, first_step: null, steps: [], kinds: [] };
const line = (steps, values, nonfinite = none, x = steps) => ({ name: "loss", steps, x, values, total: steps.length, nonfinite });

test("smoothing starts at the first value and is not pulled to zero", () => {
  assert.deepEqual(smooth([2, 2, 2], 0.9).map((value) => Math.round(value * 1e9) / 1e9), [2, 2, 2]);
  assert.deepEqual(smooth([1, 3], 0.5), [1, (0.25 * 1 + 0.5 * 3) / 0.75]);
});

test("smoothing of zero changes nothing", () => {
  const values = [1, null, 3];
  assert.equal(smooth(values, 0), values);
});

test("smoothing never bridges a gap", () => {
  const smoothed = smooth([1, null, undefined, 3], 0.5);
  assert.equal(smoothed[1], null);
  assert.equal(smoothed[2], undefined);
  assert.ok(Number.isFinite(smoothed[3]));
});

test("lines of several runs share one axis, and keep what is doubled", () => {
  assert.deepEqual(align([line([1, 2, 2], [10, 20, 21]), line([2, 3], [200, null])]), [
    [1, 2, 2, 3],
    [10, 20, 21, undefined],
    [undefined, 200, undefined, null],
  ]);
});

test("a single line is taken as it is", () => {
  const only = line([1, 2], [3, 4]);
  assert.deepEqual(align([only]), [only.x, only.values]);
});

test("wall time turns into steps in order, and into time since the start", () => {
  const timed = line([1, 2, 3, 2, 3], [1, 2, 3, 4, 5], none, [100, 101, 102, 103, 104]);
  assert.deepEqual(turn(timed, "step", 100).values, [1, 2, 4, 3, 5]);
  assert.deepEqual(turn(timed, "relative", 100).x, [0, 1, 2, 3, 4]);
  assert.equal(turn(timed, "time", 100), timed);
});

test("a cut keeps the neighbours, so that the curve leaves the frame", () => {
  assert.deepEqual(cut(line([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]), 2.5, 3.5).x, [2, 3, 4]);
  assert.deepEqual(cut(line([1, 2], [1, 2]), 5, 6).x, [2]);
  assert.deepEqual(cut(line([], []), 0, 1).x, []);
});

test("marks stand at the point, or between its neighbours", () => {
  const bad = { count: 2, first_step: 2, steps: [2, 15], kinds: ["nan", "inf"] };
  const timed = line([1, 2, 10, 20], [1, null, 3, 4], bad, [100, 200, 1000, 2000]);
  assert.deepEqual(marks(timed), [{ x: 200, kind: "nan" }, { x: 1500, kind: "inf" }]);
});

test("a curve breaks at a mark that thinning left no null for", () => {
  const bad = { count: 1, first_step: 15, steps: [15], kinds: ["nan"] };
  const broken = breakAtMarks(line([10, 20], [1, 2], bad));
  assert.deepEqual(broken.x, [10, 15, 20]);
  assert.deepEqual(broken.values, [1, null, 2]);
  const whole = line([10, 15, 20], [1, null, 2], bad);
  assert.equal(breakAtMarks(whole), whole);
});

test("a value between two gaps is drawn as a point", () => {
  assert.deepEqual(lonely([null, 1, null, 2, 3, undefined, null, undefined, 4]), [1, 8]);
  assert.deepEqual(lonely([1, undefined, 2]), []);
});

test("a search takes a regular expression or plain text", () => {
  assert.ok(matcher("val/.*loss")("val/ce_loss"));
  assert.ok(matcher("LOSS")("train/loss"));
  assert.ok(matcher("a[b")("xa[b"));
  assert.ok(!matcher("acc")("loss"));
});

test("on a logarithmic axis only what lies above zero stands", () => {
  const bad = { count: 2, first_step: -1, steps: [-1, 2], kinds: ["nan", "inf"] };
  const kept = positive(line([-1, 0, 1, 2], [null, 5, 6, null], bad));
  assert.deepEqual([kept.steps, kept.x, kept.values], [[1, 2], [1, 2], [6, null]]);
  assert.deepEqual([kept.nonfinite.steps, kept.nonfinite.kinds, kept.nonfinite.count], [[2], ["inf"], 2]);
});
