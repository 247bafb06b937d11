import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAgo, formatCount, formatDuration, formatNumber, formatShort } from "runicorn/format";

test("numbers keep six significant digits", () => {
  const cases = [
    [0, "0"], [7, "7"], [-3, "-3"], [0.1, "0.1"], [0.12345678, "0.123457"], [123456.789, "123457"], [1234567.5, "1.23457e6"],
    [1e-5, "1e-5"], [0.0001, "0.0001"], [5.12615e-7, "5.12615e-7"], [1e300, "1e300"], [999999.7, "1e6"], [2 ** 53, "9.0072e15"],
  ];
  for (const [value, text] of cases) assert.equal(formatNumber(value), text);
});

test("what is no finite number is said", () => {
  assert.deepEqual([null, undefined, NaN, Infinity, -Infinity].map(formatNumber), ["\u2013", "\u2013", "NaN", "\u221e", "\u2212\u221e"]);
});

test("axis labels are short", () => {
  assert.deepEqual([0, 0.05, 500, 5000, 35000, 1.2e6, 2e9, 1e-5].map(formatShort), ["0", "0.05", "500", "5000", "35k", "1.2M", "2G", "1e-5"]);
});

test("lengths of time have two units", () => {
  assert.deepEqual([0.04, 59.94, 200, 7500, 273600].map(formatDuration), ["0.0 s", "59.9 s", "3 min 20 s", "2 h 5 min", "3 d 4 h"]);
  assert.equal(formatDuration(NaN), "\u2013");
});

test("counts are grouped", () => assert.equal(formatCount(1234567), "1,234,567"));

test("the past is told in words", () => {
  assert.deepEqual([0, 59, 120, 7200, 172800].map((ago) => formatAgo(1e9 - ago, 1e9)), ["just now", "just now", "2 minutes ago", "2 hours ago", "2 days ago"]);
});
