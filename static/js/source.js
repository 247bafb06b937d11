/** Where the points of charts come from: the page's first data, then batched questions; in a report the page alone. */

import { askLive } from "runicorn/live";
import { ask } from "runicorn/request";
import { cut, turn } from "runicorn/series";

const BATCH = 24;
const TIMES = ["step", "relative", "time"];

export class Source {
  /** @param {object} data see export/curves.py, chart_data @param {boolean} live whether a server answers */
  constructor(data, live) {
    this.live = live;
    this.runs = data.runs;
    this.held = new Map();
    this.ages = data.runs.map(() => 0);
    this.busy = false;
    for (const answer of data.answers) {
      this.#keep(answer);
      const signature = this.#signature({ axis: answer.x, range: null, points: 600, scale: "linear" });
      for (const { name } of answer.series) this.#entry(name).signature = signature;
    }
  }

  /** @returns {{index: number, line: import("runicorn/series").Line}[]} what is held of a metric, one for each run */
  lines(name, question) {
    const { lines, own } = this.held.get(name) ?? { lines: [], own: [] };
    if (this.live) return [...lines].map(([index, line]) => ({ index, line }));
    const chosen = TIMES.includes(question.axis) ? lines : own;
    return [...chosen].map(([index, line]) => ({ index, line: this.#derive(line, index, question) }));
  }

  /** Whether anything was ever heard of a metric. */
  knows(name) {
    return this.held.has(name);
  }

  /** Whether the points held of a metric do not answer the question. */
  lacks(name, question) {
    return this.live && this.held.get(name)?.signature !== this.#signature(question);
  }

  /**
   * Fetch points, one batch at a time.
   * @param {{name: string, question: object}[]} wishes
   * @returns {Promise<boolean>} whether something came; false also while another load runs
   */
  async load(wishes) {
    if (this.busy) {
      this.next = wishes;
      return false;
    }
    this.busy = true;
    try {
      for (const { names, question } of batches(wishes)) await this.#fetch(names, question);
    } finally {
      this.busy = false;
    }
    const { next } = this;
    this.next = null;
    if (next) await this.load(next.filter(({ name, question }) => this.lacks(name, question)));
    return true;
  }

  /** Say that a run has new points. @param {string} runId */
  age(runId) {
    this.runs.forEach((run, index) => { if (run.id === runId) this.ages[index] += 1; });
  }

  async #fetch(names, question) {
    const signature = this.#signature(question);
    const runs = this.runs.map((run) => run.id);
    const { answers } = await (askLive(seriesFrame(runs, names, question)) ?? ask(seriesAddress(runs, names, question)));
    for (const answer of answers) this.#keep(answer);
    for (const name of names) this.#entry(name).signature = signature;
  }

  #keep(answer) {
    const index = this.runs.findIndex((run) => run.id === answer.run_id);
    const kind = this.live || TIMES.includes(answer.x) ? "lines" : "own";
    for (const line of answer.series) this.#entry(line.name)[kind].set(index, line);
  }

  #entry(name) {
    if (!this.held.has(name)) this.held.set(name, { signature: "", lines: new Map(), own: new Map() });
    return this.held.get(name);
  }

  #derive(line, index, { axis, range }) {
    const turned = TIMES.includes(axis) ? turn(line, axis, this.runs[index].start) : line;
    return range ? cut(turned, ...range) : turned;
  }

  #signature({ axis, range, points, scale }) {
    return JSON.stringify([axis, range, points, scale, this.ages]);
  }
}

/** Put wishes with the same question together. @returns {{names: string[], question: object}[]} at most 24 names in each */
export function batches(wishes) {
  const alike = new Map();
  for (const { name, question } of wishes) {
    const key = JSON.stringify(question);
    if (!alike.has(key)) alike.set(key, { names: [], question });
    alike.get(key).names.push(name);
  }
  return [...alike.values()].flatMap(({ names, question }) =>
    Array.from({ length: Math.ceil(names.length / BATCH) }, (_, i) => ({ names: names.slice(i * BATCH, (i + 1) * BATCH), question })));
}

/** The question as a frame of the live socket. */
export function seriesFrame(runs, names, { axis, range, points, scale }) {
  return { type: "series", runs, names, x: axis, start: range?.[0] ?? null, stop: range?.[1] ?? null, max_points: points, scale };
}

/** The same question as an address. @param {string[]} runs @param {string[]} names @returns {string} */
export function seriesAddress(runs, names, { axis, range, points, scale }) {
  const query = new URLSearchParams({ x: axis, max_points: String(points), scale });
  for (const run of runs) query.append("runs", run);
  for (const name of names) query.append("names", name);
  if (range) {
    query.set("start", String(range[0]));
    query.set("stop", String(range[1]));
  }
  return `/api/v2/series?${query}`;
}
