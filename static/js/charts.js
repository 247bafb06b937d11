/** All charts of a page: shared controls, linked zoom and crosshair, points fetched in batches for what is on screen. */

import { readView, writeView } from "runicorn/address";
import { ChartCard } from "runicorn/chart_card";
import { colours } from "runicorn/colours";
import { watch } from "runicorn/live";
import { groupCurves } from "runicorn/groups";
import { arrange } from "runicorn/growth";
import { recall, remember } from "runicorn/memory";
import { matcher, positive } from "runicorn/series";
import { Source } from "runicorn/source";

const USUAL = { axis: "own", smoothing: 0, log: false, logx: false, clip: false, zoom: null };
const LASTING = ["own", "step", "relative", "time"];
const FOLLOW_MS = 2000;

/** @param {HTMLElement} element */
export function start(element) {
  const panel = new Panel(element, JSON.parse(element.querySelector("[data-json]").textContent));
  panel.start();
  element.addEventListener("hide-runs", (event) => panel.hide(event.detail));
  element.addEventListener("group-runs", (event) => panel.group(event.detail));
  element.addEventListener("grow", (event) => panel.grow(event.detail));
}

export class Panel {
  /** @param {HTMLElement} element @param {object} data see export/curves.py, chart_data */
  constructor(element, data) {
    this.element = element;
    this.runs = data.runs;
    this.axes = data.axes;
    this.source = new Source(data, document.body.hasAttribute("data-live"));
    const linked = this.source.live ? readView(location.search) : {};
    this.view = { ...USUAL, ...(Object.keys(linked).length ? linked : recall("charts", {})) };
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
    this.observer = new IntersectionObserver((entries) => {
      const byElement = new Map(this.cards.map((card) => [card.element, card]));
      for (const { target, isIntersecting } of entries) this.#see(byElement.get(target), isIntersecting);
      this.refresh();
    }, { rootMargin: "200px 0px" });
    for (const { element } of this.cards) this.observer.observe(element);
    document.addEventListener("themechange", () => {
      this.colours = colours();
      this.redraw();
    });
    this.#holdWhileDragging();
    this.#follow();
  }

  /** What a card's chart shows: along which axis, which part of it. @param {ChartCard} card */
  viewOf(card) {
    const { axis: chosen, zoom, ...rest } = this.view;
    const axis = chosen === "own" ? (this.axes[card.name] ?? "step") : chosen;
    return { ...rest, axis, logx: rest.logx && axis !== "time", range: zoom?.axis === axis ? zoom.range : null };
  }

  /** Show a part of an axis in every chart along it, all with null. @param {{axis: string, range: [number, number]} | null} zoom */
  zoom(zoom) {
    this.#set({ zoom });
    this.refresh();
  }

  /** Lead the crosshair of every chart along the same axis to where one chart's is. */
  move(x, chart) {
    for (const card of this.seen) {
      const along = x !== null && card.chart?.view.axis === chart.view.axis ? x : null;
      if (card.chart !== chart) card.chart?.follow(along);
      card.show(along, card.chart === chart);
    }
  }

  /** Draw `cards`, by default those on screen, fetching what they lack. */
  async refresh(cards = [...this.seen]) {
    const wishes = [];
    for (const card of cards.filter((wanted) => this.seen.has(wanted))) {
      const question = this.#question(card);
      if (this.source.lacks(card.name, question)) {
        wishes.push({ name: card.name, question });
        if (!card.chart) card.place.setAttribute("aria-busy", "true");
      } else if (!(this.dragging && card.chart)) this.#draw(card);
    }
    if (wishes.length && (await this.source.load(wishes))) this.redraw();
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

  /**
   * Draw runs of one label as one curve, each by itself with null.
   * @param {{labels: string[], spread: keyof import("runicorn/groups").SPREADS} | null} groups labels one for each run
   */
  group(groups) {
    this.groups = groups;
    this.redraw();
  }

  /** Take over the charts of metrics that came since. @param {HTMLElement} fresh this panel as a page of now has it */
  grow(fresh) {
    const known = new Map(this.cards.map((card) => [card.name, card.element]));
    this.axes = JSON.parse(fresh.querySelector("[data-json]").textContent).axes;
    const groups = [...fresh.querySelectorAll(".chart-group")].map((group) => this.#growGroup(group, known));
    arrange(this.element.querySelector("[data-frames]"), groups);
    this.#offer(fresh.querySelector("[data-offered]"));
    this.#narrow(this.element.querySelector("[data-search]").value);
  }

  /** @param {ChartCard} card */
  async save(card) {
    const { saveSvg } = await import("runicorn/svg");
    saveSvg(card.name, card.curves, this.viewOf(card), this.colours);
  }

  /** A group as the fresh one is, of the charts that are here and new ones. */
  #growGroup(fresh, known) {
    const cards = [...fresh.querySelectorAll("[data-metric]")].map((frame) => known.get(frame.dataset.metric) ?? this.#add(frame));
    const here = this.element.querySelector(`.chart-group[data-prefix="${CSS.escape(fresh.dataset.prefix)}"]`);
    const group = here ?? document.adoptNode(fresh);
    if (here) group.querySelector("summary").replaceWith(document.adoptNode(fresh.querySelector("summary")));
    arrange(group.querySelector(".charts"), cards);
    return group;
  }

  #add(frame) {
    const card = new ChartCard(document.adoptNode(frame), this);
    this.cards.push(card);
    this.observer.observe(card.element);
    return card.element;
  }

  #offer(fresh) {
    const [select, offered] = ["axis", "offered"].map((name) => this.element.querySelector(`[data-${name}]`));
    offered.hidden = fresh.hidden;
    offered.replaceChildren(...document.adoptNode(fresh).childNodes);
    select.value = this.view.axis;
  }

  #question(card) {
    const { axis, range, logx } = this.viewOf(card);
    return { axis, range, points: card.wide ? 2000 : 600, scale: logx ? "log" : "linear" };
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
    const { logx } = this.viewOf(card);
    const curves = this.source
      .lines(card.name, this.#question(card))
      .filter(({ index }) => !this.hidden.has(index))
      .map(({ index, line }) => ({ index, label: this.runs[index].label, line: logx ? positive(line) : line }))
      .filter(({ line }) => line.x.length > 0);
    if (curves.length) card.draw(this.groups ? groupCurves(curves, this.groups.labels, this.groups.spread) : curves);
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
    find("reset").disabled = this.view.zoom === null;
    axis.value = this.view.axis;
    if (axis.value !== this.view.axis) axis.value = this.view.axis = USUAL.axis;
    smoothing.addEventListener("input", () => {
      output.value = smoothing.value;
      this.#set({ smoothing: Number(smoothing.value) });
    });
    axis.addEventListener("change", () => {
      this.#set({ axis: axis.value, zoom: null });
      this.refresh();
    });
    for (const name of ["log", "logx", "clip"]) {
      find(name).checked = this.view[name];
      find(name).addEventListener("change", ({ target }) => {
        this.#set({ [name]: target.checked });
        if (name === "logx") this.refresh();
      });
    }
    find("reset").addEventListener("click", () => this.zoom(null));
    find("search").addEventListener("input", (event) => this.#narrow(event.target.value));
  }

  /** Remember for other pages what holds for all: the metric on the x axis and the zoom are of this one. */
  #set(change) {
    Object.assign(this.view, change);
    const { axis, smoothing, log, logx, clip, zoom } = this.view;
    remember("charts", { axis: LASTING.includes(axis) ? axis : USUAL.axis, smoothing, log, logx, clip });
    if (this.source.live) history.replaceState(history.state, "", (writeView(location.search, this.view, USUAL) || location.pathname) + location.hash);
    this.element.querySelector("[data-reset]").disabled = zoom === null;
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
