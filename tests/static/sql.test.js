import assert from "node:assert/strict";
import { test } from "node:test";
import { toCsv } from "runicorn/csv";
import { textOf } from "runicorn/sql";

test("texts that look like formulas are disarmed, numbers are not (case 62)", () => {
  const csv = toCsv(["name", "value"], [["=1+1", -1.5], ["@x", null], ["-1", 2], ["\tx", 3]]);
  assert.equal(csv, "name,value\r\n'=1+1,-1.5\r\n'@x,\r\n'-1,2\r\n'\tx,3\r\n");
});

test("commas, quotes and line breaks are quoted", () => {
  assert.equal(toCsv(["a"], [['say "hi", twice\nplease']]), 'a\r\n"say ""hi"", twice\nplease"\r\n');
});

test("cells of any type are text", () => {
  assert.deepEqual([1.5, null, true, "x", ["a", 1], { b: 2 }].map(textOf), ["1.5", "\u2013", "true", "x", '["a",1]', '{"b":2}']);
});
