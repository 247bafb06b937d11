/** Ranges and tick labels of a chart's axes. */

import { formatShort } from "runicorn/format";

const WHOLE = Array.from({ length: 13 }, (_, power) => [1, 2, 2.5, 5].map((digit) => digit * 10 ** power)).flat().filter(Number.isInteger);
const SPANS = [1, 5, 15, 30, 60, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 172800, 604800];

/** @param {number | null} min @param {number | null} max @param {boolean} log @returns {[number, number]} with room around the curve */
export function valueRange(min, max, log) {
  if (min === null || max === null || !Number.isFinite(min) || !Number.isFinite(max)) return log ? [0.1, 1] : [0, 1];
  if (log) return min === max ? [min / 2, max * 2] : [min * (min / max) ** 0.05, max * (max / min) ** 0.05];
  const room = min === max ? Math.abs(min) * 0.1 || 1 : (max - min) * 0.06;
  return [min - room, max + room];
}

/**
 * @param {number | null} min @param {number | null} max of the points
 * @param {boolean} log
 * @param {[number, number] | null} zoomed part of the axis; what of it cannot stand on a logarithmic one is left out
 * @returns {[number, number]}
 */
export function acrossRange(min, max, log, zoomed) {
  if (zoomed && (!log || zoomed[0] > 0)) return zoomed;
  if (min === null || max === null) return log ? [1, 10] : [0, 1];
  if (zoomed && zoomed[1] > min) return [min, zoomed[1]];
  if (log) return min === max ? [min / 2, max * 2] : [min, max];
  return min === max ? [min - 1, max + 1] : [min, max];
}

/** @param {(number | null | undefined)[]} values @returns {[number | null, number | null]} the range without the outer 2 % at each end */
export function middle(values) {
  const sorted = values.filter((value) => value !== null && value !== undefined).sort((a, b) => a - b);
  if (!sorted.length) return [null, null];
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  return [at(0.02), at(0.98)];
}

/**
 * @param {string} axis "step", "time", "relative" or a metric
 * @param {boolean} [log]
 * @returns {object} what uPlot's x axis needs beside colours
 */
export function acrossAxis(axis, log = false) {
  if (log) return { values: (_, ticks) => logLabels(ticks, axis === "relative" ? formatSpan : formatShort) };
  if (axis === "time") return {};
  if (axis === "relative") return { incrs: SPANS, values: (_, ticks) => ticks.map(formatSpan) };
  if (axis !== "step") return { values: (_, ticks) => ticks.map(formatShort) };
  return { incrs: WHOLE, values: (_, ticks) => ticks.map(formatShort) };
}

/** @param {number} seconds @returns {string} "0", "90 s", "15 min", "2.5 h", "3 d" */
export function formatSpan(seconds) {
  if (seconds === 0) return "0";
  for (const [unit, name] of [[86400, "d"], [3600, "h"], [60, "min"]]) {
    if (seconds >= unit && (seconds % unit === 0 || seconds >= 10 * unit)) return `${Number((seconds / unit).toFixed(1))} ${name}`;
  }
  return `${Number(seconds.toPrecision(4))} s`;
}

/** Label a log axis at its powers of ten only, or at 2 and 5 as well when there are few. @param {number[]} ticks @param {(tick: number) => string} [format] */
export function logLabels(ticks, format = formatShort) {
  const powers = ticks.filter((tick) => tick && isPower(tick)).length;
  return ticks.map((tick) => (tick && (isPower(tick) || (powers < 2 && [2, 5].includes(leading(tick)))) ? format(tick) : ""));
}

function leading(value) {
  return Math.round(value / 10 ** Math.floor(Math.log10(value) + 1e-9));
}

function isPower(value) {
  return Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9;
}
