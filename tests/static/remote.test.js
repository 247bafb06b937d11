/** The pure parts of the Remote page's modules. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { describe } from "runicorn/remote";
import { bodyOf } from "runicorn/remote_login";
import { parentOf } from "runicorn/remote_setup";

function form(values, saved = "") {
  const names = ["host", "port", "username", "method", "password", "private_key_path", "private_key", "passphrase", "code"];
  const elements = Object.fromEntries(names.map((name) => [name, { value: values[name] ?? "" }]));
  return { elements, dataset: { saved } };
}

test("only the fields of the chosen way to log in are sent", () => {
  const filled = { host: " gpu ", port: "", username: "me", password: "p", private_key_path: "~/id", private_key: "k" };
  const common = { host: "gpu", port: 22, username: "me", answers: [] };
  assert.deepEqual(bodyOf(form({ ...filled, method: "password" })), { ...common, use_agent: false, password: "p" });
  assert.deepEqual(bodyOf(form({ ...filled, method: "key" })), { ...common, use_agent: false, private_key_path: "~/id", passphrase: null });
  assert.deepEqual(bodyOf(form({ ...filled, method: "text" })), { ...common, use_agent: false, private_key: "k", passphrase: null });
  assert.deepEqual(bodyOf(form({ ...filled, method: "agent" })), { ...common, use_agent: true, passphrase: null });
});

test("a saved password is named, a typed one is sent", () => {
  const host = { host: "gpu", username: "me", method: "password" };
  assert.equal(bodyOf(form(host, "gpu:22@me")).saved, "gpu:22@me");
  assert.equal(bodyOf(form({ ...host, password: "p" }, "gpu:22@me")).saved, undefined);
});

test("a code is an answer to what the server asks", () => {
  assert.deepEqual(bodyOf(form({ host: "gpu", username: "me", method: "agent", code: "123456" })).answers, ["123456"]);
});

test("the folder above is found up to the top", () => {
  assert.deepEqual(["/a/b", "/a/b/", "/a", "/"].map(parentOf), ["/a", "/a", "/", "/"]);
});

test("a card says where, what and how fast", () => {
  const session = {
    remote_host: "gpu", remote_root: "/data", connection_id: "me@gpu:22", environment: "base", runicorn_version: "1.0",
    local_port: 8081, latency_ms: 12.4, warnings: ["Old."],
  };
  assert.deepEqual(describe(session), {
    title: "gpu: /data", detail: "me@gpu:22 · base · Runicorn 1.0 · localhost:8081", latency: "12 ms", warning: "Old.",
  });
  assert.equal(describe({ ...session, latency_ms: null }).latency, "");
});
