/** Where the points of charts come from: the page's first data, then batched questions; in a report the page alone. */

import { askLive } from "runicorn/live";
import { ask } from "runicorn/request";
import { cut, turn } from "runicorn/series";

const BATCH = 24;

export class Source {
  /** @param {object} data see export/context.py, chart_data @param {boolean} live whether a server answers */
  constructor(data, live) {
    this.live = live;
    this.runs = data.runs;
    this.held = new Map();
    this.ages = data.runs.map(() => 0);
    this.busy = false;
    const first = { axis: data.answers[0]?.x ?? "step", range: null, points: 600 };
    for (const answer of data.answers) this.#keep(answer, this.#signature(first));
    for (const answer of data.answers) for (const { name } of answer.series) this.#entry(name).signature = this.#signature(first);
  }

  /** @returns {{index: number, line: import("runicorn/series").Line}[]} what is held of a metric, one for each run */
  lines(name, question) {
    const entry = this.held.get(name);
    if (!entry) return [];
    return [...entry.lines].map(([index, line]) => ({ index, line: this.live ? line : this.#derive(line, index, question) }));
  }

  /** Whether anything was ever heard of a metric. */
  knows(name) {
    return this.held.has(name);
  }

  /** @returns {string[]} the names whose points do not yet answer the question */
  lacking(names, question) {
    if (!this.live) return [];
    const signature = this.#signature(question);
    return names.filter((name) => this.held.get(name)?.signature !== signature);
  }

  /** Fetch points, one batch at a time. @returns {Promise<boolean>} whether something came; false also while another load runs */
  async load(names, question) {
    if (this.busy) {
      this.next = { names, question };
      return false;
    }
    this.busy = true;
    try {
      for (let i = 0; i < names.length; i += BATCH) await this.#fetch(names.slice(i, i + BATCH), question);
    } finally {
      this.busy = false;
    }
    const { next } = this;
    this.next = null;
    if (next) await this.load(this.lacking(next.names, next.question), next.question);
    return true;
  }

  /** Say that a run has new points. @param {string} runId */
  age(runId) {
    this.runs.forEach((run, index) => { if (run.id === runId) this.ages[index] += 1; });
  }

  async #fetch(names, question) {
    if (!names.length) return;
    const signature = this.#signature(question);
    const runs = this.runs.map((run) => run.id);
    const { answers } = await (askLive(seriesFrame(runs, names, question)) ?? ask(seriesAddress(runs, names, question)));
    for (const answer of answers) this.#keep(answer, signature);
    for (const name of names) this.#entry(name).signature = signature;
  }

  #keep(answer) {
    const index = this.runs.findIndex((run) => run.id === answer.run_id);
    for (const line of answer.series) this.#entry(line.name).lines.set(index, line);
  }

  #entry(name) {
    if (!this.held.has(name)) this.held.set(name, { signature: "", lines: new Map() });
    return this.held.get(name);
  }

  #derive(line, index, { axis, range }) {
    const turned = turn(line, axis, this.runs[index].start);
    return range ? cut(turned, ...range) : turned;
  }

  #signature({ axis, range, points }) {
    return JSON.stringify([axis, range, points, this.ages]);
  }
}

/** The question as a frame of the live socket. */
export function seriesFrame(runs, names, { axis, range, points }) {
  return { type: "series", runs, names, x: axis, start: range?.[0] ?? null, stop: range?.[1] ?? null, max_points: points };
}

/** The same question as an address. @param {string[]} runs @param {string[]} names @returns {string} */
export function seriesAddress(runs, names, { axis, range, points }) {
  const query = new URLSearchParams({ x: axis, max_points: String(points) });
  for (const run of runs) query.append("runs", run);
  for (const name of names) query.append("names", name);
  if (range) {
    query.set("start", String(range[0]));
    query.set("stop", String(range[1]));
  }
  return `/api/v2/series?${query}`;
}
