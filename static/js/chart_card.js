/** A chart's card: draws only while on screen, shows the value under the crosshair, saves and enlarges. */

import { Chart } from "runicorn/chart";
import { formatCount, formatNumber, formatTime } from "runicorn/format";
import { formatSpan } from "runicorn/scales";

export class ChartCard {
  /** @param {HTMLElement} element @param {import("runicorn/charts").Panel} panel */
  constructor(element, panel) {
    this.element = element;
    this.panel = panel;
    this.name = element.dataset.metric;
    this.place = element.querySelector(".chart-plot");
    this.value = element.querySelector("[data-value]");
    this.usual = panel.runs.length === 1 ? this.value.textContent : "";
    this.chart = null;
    this.wide = false;
    this.tip = document.createElement("div");
    this.tip.className = "chart-tip";
    this.tip.hidden = true;
    element.addEventListener("click", (event) => this.#click(event));
    this.place.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {import("runicorn/chart").Curve[]} curves one per run that has this metric */
  draw(curves) {
    this.place.removeAttribute("aria-busy");
    this.curves = curves;
    const { colours, move } = this.panel;
    const onZoom = (range) => this.panel.zoom(range && { axis: this.chart.view.axis, range });
    this.chart ??= new Chart(this.place, { onZoom, onMove: move });
    this.chart.draw(curves, this.panel.viewOf(this), colours);
    this.place.append(this.tip);
    this.#count(curves);
    if (this.panel.runs.length === 1) this.usual = formatNumber(lastOf(curves[0].line));
    this.show(null, false);
  }

  /** Forget the drawing while the card is off screen. */
  erase() {
    this.chart?.destroy();
    this.chart = null;
    this.tip.hidden = true;
  }

  /** Show what the crosshair reads. @param {boolean} here whether the pointer is over this very chart */
  show(x, here) {
    const reading = x === null ? null : this.chart?.reading();
    this.value.textContent = reading && this.panel.runs.length === 1 ? formatNumber(reading.values[0].value) : this.usual;
    this.tip.hidden = !(reading && here);
    if (!this.tip.hidden) this.#fillTip(reading);
  }

  #count(curves) {
    const shown = curves.reduce((sum, { line }) => sum + line.values.length, 0);
    const total = curves.reduce((sum, { line }) => sum + line.total, 0);
    const joined = curves.some(({ band }) => band);
    const find = (name) => this.element.querySelector(`[data-${name}]`);
    find("points").textContent = pointsText(shown, total, joined);
    find("range").textContent = rangeText(curves.flatMap(({ line, band }) => (band ? [...band.low, ...band.high] : line.values)));
    if (joined) return; // a mean does not tell what was left out of it
    const bad = curves.map(({ line }) => line.nonfinite).filter(({ count }) => count > 0);
    find("bad").hidden = bad.length === 0;
    find("bad").textContent = `${formatCount(bad.reduce((sum, { count }) => sum + count, 0))} not finite`;
    if (bad.length) find("bad").title = `First at step ${Math.min(...bad.map(({ first_step: step }) => step))}`;
  }

  #fillTip({ x, values }) {
    const table = document.createElement("table");
    table.insertRow().append(cell(acrossText(x, this.chart.view.axis)), cell(""));
    for (const { index, label, value } of [...values].sort((a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity)).slice(0, 12)) {
      const swatch = document.createElement("i");
      swatch.className = `swatch swatch--${index % 8}`;
      const name = cell(values.length > 1 ? label : this.name);
      name.prepend(swatch);
      table.insertRow().append(name, cell(value === null ? "not finite" : formatNumber(value)));
    }
    this.tip.replaceChildren(table);
    const left = this.chart.plot.cursor.left + this.chart.plot.over.offsetLeft;
    const flip = left > this.place.clientWidth / 2;
    this.tip.style.left = flip ? "auto" : `${left + 14}px`;
    this.tip.style.right = flip ? `${this.place.clientWidth - left + 14}px` : "auto";
    this.tip.style.top = "8px";
  }

  #click(event) {
    const expand = event.target.closest("[data-expand]");
    if (expand) {
      this.wide = this.element.classList.toggle("chart--wide");
      expand.setAttribute("aria-pressed", String(this.wide));
      this.panel.refresh([this]);
    }
    if (event.target.closest("[data-sql]")) location.assign(`/sql?${new URLSearchParams({ q: sqlOf(this.name, this.panel.runs.map((run) => run.id)) })}`);
    if (event.target.closest("[data-save]")) this.panel.save(this);
  }

  #key(event) {
    const ways = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 };
    if (!this.chart) return;
    if (event.key in ways) this.chart.walk(ways[event.key]);
    else if (event.key === "0" || event.key === "Escape") this.panel.zoom(null);
    else return;
    event.preventDefault();
  }
}

/** @param {number} shown @param {number} total @param {boolean} joined whether curves are means of several runs */
export function pointsText(shown, total, joined) {
  const noun = `point${total === 1 ? "" : "s"}`;
  if (joined) return `${formatCount(total)} ${noun} joined`;
  return shown >= total ? `${formatCount(total)} ${noun}` : `${formatCount(shown)} of ${formatCount(total)} ${noun}`;
}

/** @param {(number | null | undefined)[]} values @returns {string} the lowest and the highest */
export function rangeText(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value === null || value === undefined) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? `${formatNumber(low)} – ${formatNumber(high)}` : "";
}

/** @param {string} metric @param {string[]} runs @returns {string} the query that gives a chart's numbers */
export function sqlOf(metric, runs) {
  const quote = (text) => `'${text.replaceAll("'", "''")}'`;
  return `SELECT run_id, step, time, value\nFROM metrics\nWHERE metric = ${quote(metric)}\n  AND run_id IN (${runs.map(quote).join(", ")})\nORDER BY run_id, step`;
}

function acrossText(x, axis) {
  if (axis === "time") return formatTime(x);
  if (axis === "relative") return formatSpan(x);
  return axis === "step" ? `step ${formatCount(x)}` : `${axis} ${formatNumber(x)}`;
}

function lastOf(line) {
  const last = line.values[line.values.length - 1];
  return last === null ? NaN : last;
}

function cell(text) {
  const made = document.createElement("td");
  made.textContent = text;
  return made;
}
