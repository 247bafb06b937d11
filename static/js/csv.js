/** Tables as comma-separated text that a spreadsheet opens without running anything. */

/**
 * @param {string[]} columns
 * @param {unknown[][]} rows
 * @returns {string} lines end in CR LF, as RFC 4180 has it
 */
export function toCsv(columns, rows) {
  return [columns, ...rows].map((row) => `${row.map(csvCell).join(",")}\r\n`).join("");
}

/** A text that a spreadsheet would take for a formula gets an apostrophe; numbers stay what they are. */
function csvCell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  const safe = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
