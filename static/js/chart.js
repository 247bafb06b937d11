/** One chart: lines of one metric, drawn by uPlot, that never bridge a value that was not finite. */

import uPlot from "uplot";
import { formatNumber } from "runicorn/format";
import { acrossAxis, acrossRange, logLabels, middle, valueRange } from "runicorn/scales";
import { align, breakAtMarks, lonely, marks, smooth } from "runicorn/series";

/**
 * @typedef {object} View what all charts of a panel share
 * @property {string} axis "step", "time", "relative" or the name of a metric
 * @property {boolean} log whether the vertical axis is logarithmic
 * @property {boolean} logx whether the horizontal one is; every x is above 0 then
 * @property {boolean} clip whether the vertical axis leaves outliers out
 * @property {number} smoothing 0 to 0.99
 * @property {[number, number] | null} range zoomed part of the x axis
 * @typedef {object} Curve
 * @property {number} index of its run, which decides the colour
 * @property {string} label
 * @property {import("runicorn/series").Line} line
 * @property {import("runicorn/groups").Band} [band] around the mean of several runs
 */

export class Chart {
  /**
   * @param {HTMLElement} place an element of fixed height
   * @param {{onZoom: (range: [number, number] | null) => void, onMove: (x: number | null, chart: Chart) => void}} events
   */
  constructor(place, events) {
    this.place = place;
    this.events = events;
    this.plot = null;
    this.following = false;
    this.resizing = new ResizeObserver(() => this.plot?.setSize(sizeOf(place)));
    this.resizing.observe(place);
  }

  /** @param {Curve[]} curves @param {View} view @param {ReturnType<import("runicorn/colours").colours>} colours */
  draw(curves, view, colours) {
    this.curves = curves.map((curve) => ({ ...curve, line: breakAtMarks(curve.line) }));
    this.view = view;
    this.rows = rowsOf(this.curves, view);
    this.plot?.destroy();
    this.plot = new uPlot(this.#options(colours), this.rows, this.place);
  }

  destroy() {
    this.resizing.disconnect();
    this.plot?.destroy();
    this.plot = null;
  }

  /** Put the crosshair at `x`, or away with null, without telling the other charts. @param {number | null} x */
  follow(x) {
    if (!this.plot) return;
    this.following = true;
    const left = x === null ? -10 : this.plot.valToPos(x, "x");
    const inside = left >= 0 && left <= this.plot.over.clientWidth;
    this.plot.setCursor(inside ? { left, top: 1 } : { left: -10, top: -10 });
    this.following = false;
  }

  /** Move the crosshair by whole points, for the keyboard. @param {number} points */
  walk(points) {
    const { cursor, data } = this.plot;
    const index = Math.max(0, Math.min(data[0].length - 1, (cursor.idx ?? (points > 0 ? -1 : data[0].length)) + points));
    this.plot.setCursor({ left: this.plot.valToPos(data[0][index], "x"), top: 1 });
  }

  /** @returns {{x: number, values: {index: number, label: string, value: number | null | undefined}[]} | null} at the crosshair */
  reading() {
    const index = this.plot?.cursor.left >= 0 ? this.plot.cursor.idx : null;
    if (index === null || index === undefined) return null;
    const first = this.rows.length - this.curves.length;
    const values = this.curves.map(({ index: run, label }, i) => ({ index: run, label, value: nearest(this.rows[first + i], index) }));
    return { x: this.rows[0][index], values };
  }

  #options(colours) {
    const { axis, log, logx, range } = this.view;
    const look = { stroke: colours.faint, font: colours.font, grid: { stroke: colours.line, width: 1 }, ticks: { show: false } };
    return {
      ...sizeOf(this.place),
      padding: [8, 16, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: axis === "time", distr: logx ? 3 : 1, range: (_, min, max) => acrossRange(min, max, logx, range) },
        y: { distr: log ? 3 : 1, range: (_, min, max) => valueRange(...this.#extent(min, max), log) },
      },
      axes: [
        { ...look, size: 26, gap: 4, space: 52, ...acrossAxis(axis, logx) },
        { ...look, gap: 4, space: 28, size: widthOfLabels, values: (_, ticks) => (log ? logLabels(ticks) : ticks.map(formatNumber)) },
      ],
      series: [{}, ...this.#series(colours)],
      cursor: {
        y: false,
        drag: { x: true, y: false, setScale: false, dist: 4 },
        points: { size: (_, row) => (row > this.rows.length - 1 - this.curves.length ? 6 : 0) },
        bind: { dblclick: () => () => this.events.onZoom(null) },
      },
      hooks: {
        setSelect: [(plot) => this.#select(plot)],
        setCursor: [() => this.following || this.events.onMove(this.reading()?.x ?? null, this)],
        drawAxes: [(plot) => this.#drawBands(plot, colours)],
        draw: [(plot) => this.#mark(plot, colours)],
      },
    };
  }

  /** The vertical range before room is added: of what is in sight, bands included, or of the middle of all values. */
  #extent(min, max) {
    if (this.view.clip) return middle(this.rows.slice(1).flat());
    const [left, right] = this.view.range ?? [-Infinity, Infinity];
    for (const { line, band } of this.curves) {
      if (!band) continue;
      line.x.forEach((x, i) => {
        if (x < left || x > right || band.low[i] === null) return;
        if (!this.view.log || band.low[i] > 0) min = Math.min(min, band.low[i]);
        max = Math.max(max, band.high[i]);
      });
    }
    return [min, max];
  }

  #drawBands(plot, colours) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.globalAlpha = 0.16;
    for (const { index, line, band } of this.curves) {
      if (!band) continue;
      ctx.fillStyle = colours.run(index);
      for (const [first, last] of stretches(band.low)) fillBand(plot, line.x, band, first, last);
    }
    ctx.restore();
  }

  #series(colours) {
    const curve = (index, extra) => ({
      stroke: colours.run(index),
      dash: colours.dash(index),
      width: 1.5,
      paths: pathWithGaps,
      points: { size: 4, fill: colours.run(index), show: false, filter: (plot, row) => lonelyPoints(plot, row) },
      ...extra,
    });
    const shadows = this.view.smoothing > 0 ? this.curves.map(({ index }) => curve(index, { width: 1, alpha: 0.28, dash: [] })) : [];
    return [...shadows, ...this.curves.map(({ index }) => curve(index, {}))];
  }

  #select(plot) {
    const { left, width } = plot.select;
    if (width < 4) return;
    this.events.onZoom([plot.posToVal(left, "x"), plot.posToVal(left + width, "x")]);
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  /** A cross on the floor for NaN, triangles at the ceiling and the floor for the infinities. */
  #mark(plot, colours) {
    const { ctx, bbox } = plot;
    const pixel = devicePixelRatio;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = colours.bad;
    ctx.lineWidth = 1.5 * pixel;
    for (const { x, kind } of this.curves.flatMap(({ line }) => marks(line))) {
      const left = plot.valToPos(x, "x", true);
      if (left < bbox.left || left > bbox.left + bbox.width) continue;
      drawMark(ctx, kind, left, kind === "inf" ? bbox.top + 5 * pixel : bbox.top + bbox.height - 5 * pixel, 3.2 * pixel);
    }
    ctx.restore();
  }
}

/** Rows for uPlot: x, then the raw shadows when smoothed, then the curves. On a log axis only what is above 0 shows. */
export function rowsOf(curves, { log, smoothing }) {
  const shown = (value) => (log && value !== null && value !== undefined && value <= 0 ? null : value);
  const [x, ...raw] = align(curves.map(({ line }) => line));
  const smoothed = smoothing > 0 ? raw.map((row) => smooth(row, smoothing)) : raw;
  return [x, ...(smoothing > 0 ? raw : []), ...smoothed].map((row, i) => (i && log ? row.map(shown) : row));
}

function pathWithGaps(plot, row, first, last) {
  const stroke = new Path2D();
  const [xs, values] = [plot.data[0], plot.data[row]];
  let drawing = false;
  for (let i = first; i <= last; i += 1) {
    if (values[i] === undefined) continue;
    if (values[i] === null) {
      drawing = false;
      continue;
    }
    const [x, y] = [plot.valToPos(xs[i], "x", true), plot.valToPos(values[i], "y", true)];
    if (drawing) stroke.lineTo(x, y);
    else stroke.moveTo(x, y);
    drawing = true;
  }
  return { stroke, fill: null, clip: null, band: null, gaps: null, flags: 1 };
}

/** From where to where there are values. @param {(number | null)[]} row @returns {[number, number][]} both ends included */
export function stretches(row) {
  const found = [];
  row.forEach((value, i) => {
    if (value === null) return;
    if (i > 0 && row[i - 1] !== null) found[found.length - 1][1] = i;
    else found.push([i, i]);
  });
  return found;
}

function fillBand(plot, x, { low, high }, first, last) {
  const { ctx, bbox } = plot;
  const down = (value) => (plot.scales.y.distr === 3 && value <= 0 ? bbox.top + bbox.height : plot.valToPos(value, "y", true));
  ctx.beginPath();
  for (let i = first; i <= last; i += 1) ctx.lineTo(plot.valToPos(x[i], "x", true), down(high[i]));
  for (let i = last; i >= first; i -= 1) ctx.lineTo(plot.valToPos(x[i], "x", true), down(low[i]));
  ctx.fill();
}

function lonelyPoints(plot, row) {
  const found = lonely(plot.data[row]);
  return found.length ? found : null;
}

function drawMark(ctx, kind, x, y, size) {
  ctx.beginPath();
  if (kind === "nan") {
    ctx.moveTo(x - size, y - size);
    ctx.lineTo(x + size, y + size);
    ctx.moveTo(x + size, y - size);
    ctx.lineTo(x - size, y + size);
    ctx.stroke();
    return;
  }
  const tip = kind === "inf" ? -size : size;
  ctx.moveTo(x, y + tip);
  ctx.lineTo(x - size, y - tip);
  ctx.lineTo(x + size, y - tip);
  ctx.fill();
}

function nearest(row, index) {
  for (let away = 0; away < row.length; away += 1) {
    for (const i of [index - away, index + away]) if (i >= 0 && i < row.length && row[i] !== undefined) return row[i];
  }
  return undefined;
}

function widthOfLabels(plot, labels) {
  const longest = (labels ?? []).reduce((size, label) => Math.max(size, String(label ?? "").length), 0);
  return Math.max(30, longest * 6.3 + 8);
}

function sizeOf(place) {
  return { width: Math.max(60, place.clientWidth), height: Math.max(60, place.clientHeight) };
}
