/** A chart as a small vector file for papers and slides: black text on nothing, one path per curve. */

import { rowsOf } from "runicorn/chart";
import { formatNumber, formatShort, formatTime } from "runicorn/format";
import { saveText } from "runicorn/saving";
import { acrossRange, formatSpan, valueRange } from "runicorn/scales";
import { breakAtMarks } from "runicorn/series";

const WIDTH = 480;
const HEIGHT = 280;
const BOX = { left: 56, right: 12, top: 28, bottom: 30 };

/** Offer the chart as a file. */
export function saveSvg(name, curves, view, colours) {
  saveText(`${name}.svg`, "image/svg+xml", toSvg(name, curves, view, colours));
}

/**
 * @param {string} name
 * @param {import("runicorn/chart").Curve[]} curves
 * @param {import("runicorn/chart").View} view
 * @param {{run: (index: number) => string}} colours
 * @returns {string} an SVG document
 */
export function toSvg(name, curves, view, colours) {
  const rows = rowsOf(curves.map((curve) => ({ ...curve, line: breakAtMarks(curve.line) })), view);
  const [xs, ...lines] = rows;
  const span = acrossRange(xs[0] ?? null, xs[xs.length - 1] ?? null, view.logx, view.range);
  const values = lines.flat().filter((value) => value !== null && value !== undefined);
  const range = valueRange(Math.min(...values), Math.max(...values), view.log);
  const place = makePlace(span, range, view);
  const shadows = lines.length - curves.length;
  const paths = lines.map((line, i) => {
    const colour = colours.run(curves[i % curves.length].index);
    return `<path d="${pathOf(xs, line, place)}" fill="none" stroke="${colour}" stroke-width="1.5"${i < shadows ? ' stroke-opacity="0.3"' : ""} clip-path="url(#box)"/>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="11">`,
    `<clipPath id="box"><rect x="${BOX.left}" y="${BOX.top}" width="${WIDTH - BOX.left - BOX.right}" height="${HEIGHT - BOX.top - BOX.bottom}"/></clipPath>`,
    `<text x="${BOX.left}" y="16" font-weight="bold">${escapeXml(name)}</text>`,
    ...frame(span, range, view, place),
    ...paths,
    "</svg>",
  ].join("\n");
}

function makePlace([left, right], [low, high], { log, logx }) {
  const [down, across] = [log, logx].map((logarithmic) => (logarithmic ? Math.log10 : (value) => value));
  const width = WIDTH - BOX.left - BOX.right;
  const height = HEIGHT - BOX.top - BOX.bottom;
  return (x, y) => [
    BOX.left + ((across(x) - across(left)) / (across(right) - across(left) || 1)) * width,
    BOX.top + height - ((down(y) - down(low)) / (down(high) - down(low) || 1)) * height,
  ];
}

function pathOf(xs, values, place) {
  let command = "M";
  const parts = [];
  values.forEach((value, i) => {
    if (value === undefined) return;
    if (value === null) {
      command = "M";
      return;
    }
    const [x, y] = place(xs[i], value);
    parts.push(`${command}${x.toFixed(1)} ${y.toFixed(1)}`);
    command = "L";
  });
  return parts.join("");
}

function frame(span, range, view, place) {
  const across = { relative: formatSpan, time: formatTime }[view.axis] ?? formatShort;
  const lines = [];
  for (let i = 0; i <= 4; i += 1) {
    const y = view.log ? range[0] * (range[1] / range[0]) ** (i / 4) : range[0] + ((range[1] - range[0]) * i) / 4;
    const [x0, top] = place(span[0], y);
    lines.push(`<path d="M${x0} ${top.toFixed(1)}H${WIDTH - BOX.right}" stroke="#ccc" stroke-width="0.5"/>`);
    lines.push(`<text x="${BOX.left - 6}" y="${(top + 4).toFixed(1)}" text-anchor="end">${formatNumber(Number(y.toPrecision(3)))}</text>`);
  }
  for (const share of view.axis === "time" ? [0, 1] : [0, 0.5, 1]) {
    const x = view.logx ? span[0] * (span[1] / span[0]) ** share : span[0] + (span[1] - span[0]) * share;
    const anchor = share === 0 ? "start" : share === 1 ? "end" : "middle";
    lines.push(`<text x="${place(x, range[0])[0].toFixed(1)}" y="${HEIGHT - 10}" text-anchor="${anchor}">${across(Math.round(x * 100) / 100)}</text>`);
  }
  return lines;
}

function escapeXml(text) {
  return text.replace(/[<>&"]/g, (sign) => ({ "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;" })[sign]);
}
