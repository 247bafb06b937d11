/** A run's log: colours, search, new lines as they come. */

import { foldReturns, parseAnsi } from "runicorn/ansi";
import { formatCount } from "runicorn/format";
import { watch } from "runicorn/live";

const MOST_LINES = 10000;
const AT_ONCE = 2000;

/** @param {HTMLElement} element */
export function start(element) {
  const log = new Log(element);
  const first = element.querySelector("[data-json]");
  if (first) log.replace(JSON.parse(first.textContent));
  else log.follow(element.dataset.run);
}

class Log {
  constructor(element) {
    this.element = element;
    this.text = element.querySelector("[data-text]");
    this.status = element.querySelector("[data-status]");
    this.search = element.querySelector("[data-search]");
    this.only = element.querySelector("[data-only]");
    this.stick = element.querySelector("[data-follow]");
    this.lines = [...this.text.children].map((line) => parseAnsi(line.textContent.replace(/\n$/, "")));
    this.search.addEventListener("input", () => this.#mark());
    this.only.addEventListener("change", () => this.#mark());
    element.querySelector("[data-wrap]").addEventListener("change", (event) => element.classList.toggle("log--wrap", event.target.checked));
    this.stick.addEventListener("change", () => this.#scroll());
    element.closest("[data-tab]")?.addEventListener("shown", () => this.#scroll());
    this.text.addEventListener("scroll", () => this.#unstick());
    this.#mark();
  }

  /** Show `lines` instead of what is there. @param {string[]} lines */
  replace(lines) {
    this.lines = [];
    this.text.replaceChildren();
    this.element.parentElement.querySelector("[data-truncated]")?.toggleAttribute("hidden", lines.length < MOST_LINES);
    this.append(lines);
  }

  /** @param {string[]} lines */
  append(lines) {
    for (let from = 0; from < lines.length; from += AT_ONCE) {
      const part = document.createDocumentFragment();
      for (const line of lines.slice(from, from + AT_ONCE)) part.append(this.#draw(line));
      this.text.append(part);
    }
    while (this.text.childElementCount > MOST_LINES) {
      this.text.firstElementChild.remove();
      this.lines.shift();
    }
    this.#mark();
    this.#scroll();
  }

  /** @param {string} run */
  follow(run) {
    const stop = watch({ logs: run }, (frame) => {
      if (frame.type !== "log" || frame.run_id !== run) return;
      if (frame.reset) this.replace(frame.lines);
      else this.append(frame.lines);
    });
    addEventListener("pagehide", stop);
  }

  #draw(line) {
    const element = document.createElement("span");
    element.className = "log-line";
    const pieces = parseAnsi(foldReturns(line));
    this.lines.push(pieces);
    fill(element, pieces, "");
    return element;
  }

  /** Mark what the search finds, and count it. */
  #mark() {
    const wanted = this.search.value.toLowerCase();
    if (wanted || this.marked) {
      let found = 0;
      [...this.text.children].forEach((element, i) => {
        const hit = wanted !== "" && textOf(this.lines[i]).toLowerCase().includes(wanted);
        if (hit || element.dataset.hit) fill(element, this.lines[i], hit ? wanted : "");
        element.toggleAttribute("data-hit", hit);
        element.classList.toggle("log-line--miss", this.only.checked && wanted !== "" && !hit);
        found += hit;
      });
      this.found = found;
    }
    this.marked = wanted !== "";
    const total = `${formatCount(this.lines.length)} line${this.lines.length === 1 ? "" : "s"}`;
    this.status.textContent = wanted ? `${formatCount(this.found)} of ${total}` : total;
    if (wanted && !this.only.checked) this.text.querySelector("[data-hit]")?.scrollIntoView({ block: "nearest" });
  }

  #scroll() {
    if (this.stick.checked && !this.search.value) this.text.scrollTop = this.text.scrollHeight;
  }

  #unstick() {
    const { scrollTop, scrollHeight, clientHeight } = this.text;
    const below = scrollHeight - scrollTop - clientHeight;
    if (below > 80 && this.text.matches(":hover")) this.stick.checked = false;
    else if (below < 4) this.stick.checked = true;
  }
}

function textOf(pieces) {
  return pieces.map(({ text }) => text).join("");
}

/** Write pieces into an element, with every find of `wanted` marked. A find across a change of colour is not marked. */
function fill(element, pieces, wanted) {
  element.replaceChildren(...pieces.flatMap(({ text, classes }) => {
    const parts = wanted ? split(text, wanted) : [[text, false]];
    return parts.map(([part, hit]) => wrap(part, hit, classes));
  }), "\n");
}

function wrap(text, hit, classes) {
  if (!hit && !classes.length) return text;
  const element = document.createElement(hit ? "mark" : "span");
  element.className = classes.join(" ");
  element.textContent = text;
  return element;
}

/** @param {string} text @param {string} wanted in lower case @returns {[string, boolean][]} the text in parts, finds marked true */
export function split(text, wanted) {
  const parts = [];
  const lower = text.toLowerCase();
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
    if (at > from) parts.push([text.slice(from, at), false]);
    parts.push([text.slice(at, at + wanted.length), true]);
    from = at + wanted.length;
  }
  if (from < text.length || !parts.length) parts.push([text.slice(from), false]);
  return parts;
}
