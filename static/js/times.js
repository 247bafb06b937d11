/** Instants in the reader's own time zone, and durations of runs that go on. */

import { formatAgo, formatDuration, formatTime } from "runicorn/format";

/** Rewrite every instant below `root` once, and the lengths of running runs every second. @param {HTMLElement} root */
export function start(root) {
  localise(root);
  if (root.hasAttribute("data-live")) setInterval(() => tick(root, Date.now() / 1000), 1000);
}

/** @param {ParentNode} root */
export function localise(root) {
  for (const element of root.querySelectorAll("time[data-time]")) {
    const at = Number(element.dataset.time);
    element.textContent = formatTime(at);
    element.title = `${new Date(at * 1000).toLocaleString()}, ${formatAgo(at, Date.now() / 1000)}`;
  }
}

function tick(root, now) {
  for (const element of root.querySelectorAll("[data-since]")) {
    element.firstChild.data = formatDuration(Math.max(0, now - Number(element.dataset.since)));
  }
}
