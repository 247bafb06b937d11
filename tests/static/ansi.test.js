import assert from "node:assert/strict";
import { test } from "node:test";
import { foldReturns, parseAnsi } from "runicorn/ansi";
import { split } from "runicorn/log";

const textOf = (line) => parseAnsi(line).map(({ text }) => text).join("");

test("colours and styles are kept", () => {
  assert.deepEqual(parseAnsi("a\x1b[1;31mb\x1b[0mc\x1b[92md"), [
    { text: "a", classes: [] },
    { text: "b", classes: ["ansi-bold", "ansi-1"] },
    { text: "c", classes: [] },
    { text: "d", classes: ["ansi-2"] },
  ]);
});

test("an empty sequence resets", () => assert.deepEqual(parseAnsi("\x1b[31ma\x1b[mb")[1].classes, []));

test("tones of 256 and true colour do not leak into styles", () => {
  assert.deepEqual(parseAnsi("\x1b[38;5;1mx\x1b[48;2;1;2;3my")[1].classes, []);
});

test("links, titles, clearing and clipboard are dropped (case 61)", () => {
  assert.equal(textOf("\x1b]8;;javascript:alert(1)\x1b\\click\x1b]8;;\x1b\\"), "click");
  assert.equal(textOf("\x1b]52;c;AAAA\x07x\x1b[2Jy\x1b[10;5Hz\x1b(B"), "xyzB");
  assert.equal(textOf("a\x00b\x07c\x9bd"), "abcd");
});

test("only what a terminal would still show is left of a progress bar", () => {
  assert.equal(foldReturns("10%\r20%\r100% done\r"), "100% done");
  assert.equal(foldReturns("\r".repeat(1_000_000)), "");
});

test("finds are marked and nothing is lost", () => {
  assert.deepEqual(split("Loss of a loss", "loss"), [["Loss", true], [" of a ", false], ["loss", true]]);
  assert.deepEqual(split("nothing", "loss"), [["nothing", false]]);
});
