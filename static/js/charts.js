/** All charts of a page: shared controls, linked zoom and crosshair, points fetched in batches for what is on screen. */

import { ChartCard } from "runicorn/chart_card";
import { colours } from "runicorn/colours";
import { watch } from "runicorn/live";
import { groupCurves } from "runicorn/groups";
import { recall, remember } from "runicorn/memory";
import { matcher } from "runicorn/series";
import { Source } from "runicorn/source";

const USUAL = { axis: "step", smoothing: 0, log: false, clip: false };
const AXES = ["step", "relative", "time"];
const FOLLOW_MS = 2000;

/** @param {HTMLElement} element */
export function start(element) {
  const panel = new Panel(element, JSON.parse(element.querySelector("[data-json]").textContent));
  panel.start();
  element.addEventListener("hide-runs", (event) => panel.hide(event.detail));
  element.addEventListener("group-runs", (event) => panel.group(event.detail));
}

export class Panel {
  /** @param {HTMLElement} element @param {object} data see export/context.py, chart_data */
  constructor(element, data) {
    this.element = element;
    this.runs = data.runs;
    this.view = { ...USUAL, ...recall("charts", {}), range: null };
    this.source = new Source(data, document.body.hasAttribute("data-live"));
    this.colours = colours();
    this.cards = [...element.querySelectorAll("[data-metric]")].map((card) => new ChartCard(card, this));
    this.seen = new Set();
    this.hidden = new Set();
    this.groups = null;
    this.dragging = false;
    this.move = this.move.bind(this);
  }

  start() {
    this.#controls();
    const byElement = new Map(this.cards.map((card) => [card.element, card]));
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.#see(byElement.get(target), isIntersecting);
      this.refresh();
    }, { rootMargin: "200px 0px" });
    for (const { element } of this.cards) observer.observe(element);
    document.addEventListener("themechange", () => {
      this.colours = colours();
      this.redraw();
    });
    this.#holdWhileDragging();
    this.#follow();
  }

  /** Show a part of the x axis in every chart, all of it with null. @param {[number, number] | null} range */
  zoom(range) {
    this.view.range = range;
    this.element.querySelector("[data-reset]").disabled = range === null;
    this.redraw();
    this.refresh();
  }

  /** Lead every crosshair to where one chart's is. */
  move(x, chart) {
    for (const card of this.seen) {
      if (card.chart !== chart) card.chart?.follow(x);
      card.show(x, card.chart === chart);
    }
  }

  /** Draw `cards`, by default those on screen, fetching what they lack. */
  async refresh(cards = [...this.seen]) {
    const wanted = cards.filter((card) => this.seen.has(card));
    const lacking = new Set(this.source.lacking(wanted.map((card) => card.name), this.#question()));
    for (const card of wanted) {
      if (!lacking.has(card.name) && !(this.dragging && card.chart)) this.#draw(card);
      else if (!card.chart) card.place.setAttribute("aria-busy", "true");
    }
    if (lacking.size && (await this.source.load([...lacking], this.#question()))) this.redraw();
  }

  /** Draw what is on screen anew; while a range is being dragged out, only once that is done. */
  redraw() {
    if (this.dragging) {
      this.postponed = true;
      return;
    }
    for (const card of this.seen) this.#draw(card);
  }

  /** Leave some runs out of every chart. @param {Iterable<number>} indices of runs */
  hide(indices) {
    this.hidden = new Set(indices);
    this.redraw();
  }

  /** Draw runs of one label as one curve, each by itself with null. @param {string[] | null} labels one for each run */
  group(labels) {
    this.groups = labels;
    this.redraw();
  }

  /** @param {ChartCard} card */
  async save(card) {
    const { saveSvg } = await import("runicorn/svg");
    saveSvg(card.name, card.curves, this.view, this.colours);
  }

  #question() {
    const { axis, range } = this.view;
    const wide = [...this.seen].some((card) => card.wide);
    return { axis, range, points: wide ? 2000 : 600 };
  }

  #holdWhileDragging() {
    this.element.addEventListener("pointerdown", ({ target }) => (this.dragging = target.closest(".chart-plot") !== null));
    const release = () => setTimeout(() => {
      this.dragging = false;
      if (this.postponed) this.redraw();
      this.postponed = false;
    });
    addEventListener("pointerup", release);
    addEventListener("pointercancel", release);
  }

  #see(card, visible) {
    if (visible) this.seen.add(card);
    else {
      this.seen.delete(card);
      card.erase();
    }
  }

  #draw(card) {
    const curves = this.source
      .lines(card.name, this.#question())
      .filter(({ index }) => !this.hidden.has(index))
      .map(({ index, line }) => ({ index, label: this.runs[index].label, line }));
    if (curves.length) card.draw(this.groups ? groupCurves(curves, this.groups) : curves);
    else if (this.source.knows(card.name)) card.erase();
  }

  #follow() {
    const live = this.runs.filter((run) => run.live).map((run) => run.id);
    if (!live.length) return;
    let due = null;
    const stop = watch({ runs: live }, (frame) => {
      if (frame.type !== "run" || due !== null) return;
      due = setTimeout(() => {
        due = null;
        this.source.age(frame.run_id);
        this.refresh();
      }, FOLLOW_MS);
    });
    addEventListener("pagehide", stop);
  }

  #controls() {
    const find = (name) => this.element.querySelector(`[data-${name}]`);
    const [smoothing, output, axis] = ["smoothing", "smoothing-value", "axis"].map(find);
    smoothing.value = output.value = this.view.smoothing;
    axis.value = this.view.axis;
    if (axis.value !== this.view.axis) axis.value = this.view.axis = USUAL.axis;
    smoothing.addEventListener("input", () => {
      output.value = smoothing.value;
      this.#set({ smoothing: Number(smoothing.value) });
    });
    axis.addEventListener("change", () => {
      this.#set({ axis: axis.value, range: null });
      find("reset").disabled = true;
      this.refresh();
    });
    for (const name of ["log", "clip"]) {
      find(name).checked = this.view[name];
      find(name).addEventListener("change", ({ target }) => this.#set({ [name]: target.checked }));
    }
    find("reset").addEventListener("click", () => this.zoom(null));
    find("search").addEventListener("input", (event) => this.#narrow(event.target.value));
  }

  /** The metric on the x axis is of this run; the other choices hold for all. */
  #set(change) {
    Object.assign(this.view, change);
    const { axis, smoothing, log, clip } = this.view;
    remember("charts", { axis: AXES.includes(axis) ? axis : USUAL.axis, smoothing, log, clip });
    this.redraw();
  }

  #narrow(text) {
    const matches = matcher(text.trim());
    for (const card of this.cards) card.element.hidden = !matches(card.name);
    for (const group of this.element.querySelectorAll(".chart-group")) {
      group.hidden = !group.querySelector("[data-metric]:not([hidden])");
    }
    this.element.querySelector("[data-none]").hidden = this.cards.some((card) => !card.element.hidden);
  }
}
