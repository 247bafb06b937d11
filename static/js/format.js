/** Numbers and times as people read them; numbers as export/formats.py writes them. */

const NOTHING = "\u2013";

/** @param {number | null | undefined} value @returns {string} at most six significant digits */
export function formatNumber(value) {
  if (value === null || value === undefined) return NOTHING;
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "\u221e" : "\u2212\u221e";
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  const exponent = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(6)))));
  if (exponent < -4 || exponent >= 6) return trimZeros(value.toExponential(5)).replace("e+", "e");
  return trimZeros(value.toPrecision(6));
}

/** @param {number} value @returns {string} short enough for an axis: 1.2M, 35k, 0.05 */
export function formatShort(value) {
  const size = Math.abs(value);
  for (const [unit, letter] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) {
    if (size >= unit && !(unit === 1e3 && size < 1e4)) return `${Number((value / unit).toPrecision(4))}${letter}`;
  }
  if (size !== 0 && size < 1e-3) return trimZeros(value.toExponential(2)).replace("e+", "e");
  return String(Number(value.toPrecision(5)));
}

/** @param {number} value @returns {string} a whole number in groups of three digits */
export function formatCount(value) {
  return value.toLocaleString("en-US");
}

/** @param {number} seconds @returns {string} two units: "45.2 s", "3 min 20 s", "2 h 5 min" */
export function formatDuration(seconds) {
  if (!Number.isFinite(seconds)) return NOTHING;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  for (const [size, unit, part, smaller] of [[86400, "d", 3600, "h"], [3600, "h", 60, "min"], [60, "min", 1, "s"]]) {
    if (whole >= size) return `${Math.floor(whole / size)} ${unit} ${Math.floor((whole % size) / part)} ${smaller}`;
  }
  return `${whole} s`;
}

/** @param {number} timestamp Unix seconds @returns {string} "2025-06-01 12:00" in the reader's time zone */
export function formatTime(timestamp) {
  const at = new Date(timestamp * 1000);
  if (Number.isNaN(at.getTime())) return NOTHING;
  const two = (value) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** @param {number} timestamp Unix seconds @param {number} now Unix seconds @returns {string} "5 minutes ago" */
export function formatAgo(timestamp, now) {
  const past = now - timestamp;
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [size, unit] of [[31536000, "year"], [2592000, "month"], [86400, "day"], [3600, "hour"], [60, "minute"]]) {
    if (Math.abs(past) >= size) return words.format(-Math.round(past / size), unit);
  }
  return "just now";
}

function trimZeros(text) {
  const [digits, exponent] = text.split("e");
  const short = digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
  return exponent === undefined ? short : `${short}e${exponent}`;
}
