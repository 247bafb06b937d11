/** What the charts of a page show, in its address, so that a link shows the same. */

const READ = {
  axis: (text) => text,
  smoothing: (text) => Math.min(0.99, Math.max(0, Number(text) || 0)),
  log: (text) => text === "1",
  logx: (text) => text === "1",
  clip: (text) => text === "1",
  zoom: readZoom,
};
const NAMES = { axis: "x", smoothing: "smoothing", log: "log", logx: "logx", clip: "clip", zoom: "zoom" };

/** @param {string} search @returns {object} the part of a view that an address names */
export function readView(search) {
  const query = new URLSearchParams(search);
  const named = Object.keys(NAMES).filter((key) => query.has(NAMES[key]));
  return Object.fromEntries(named.map((key) => [key, READ[key](query.get(NAMES[key]))]));
}

/**
 * @param {string} search of the address as it is; what is not about the view stays
 * @param {object} view @param {object} usual what needs no word
 * @returns {string} the new one
 */
export function writeView(search, view, usual) {
  const query = new URLSearchParams(search);
  for (const [key, name] of Object.entries(NAMES)) {
    if (view[key] === usual[key]) query.delete(name);
    else query.set(name, key === "zoom" ? [...view.zoom.range, view.zoom.axis].join(",") : String(typeof view[key] === "boolean" ? Number(view[key]) : view[key]));
  }
  const text = query.toString();
  return text && `?${text}`;
}

/** "1.5,20,step": from, to, and the axis, whose name may hold commas. */
function readZoom(text) {
  const [from, to, ...axis] = text.split(",");
  const range = [Number(from), Number(to)];
  return axis.length && range.every(Number.isFinite) && range[0] < range[1] ? { axis: axis.join(","), range } : null;
}
