/** The SQL page: runs a query in the viewer's sandbox and shows its table. */

import { toCsv } from "runicorn/csv";
import { formatCount, formatNumber } from "runicorn/format";
import { ask } from "runicorn/request";
import { saveText } from "runicorn/saving";

const DRAWN_ROWS = 1000;

/** @param {HTMLElement} element */
export function start(element) {
  const find = (name) => element.querySelector(`[data-${name}]`);
  const query = element.querySelector("#query");
  const page = { find, query, status: find("status"), answer: null };
  find("query").addEventListener("submit", (event) => {
    event.preventDefault();
    run(page);
  });
  query.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run(page);
  });
  element.addEventListener("click", ({ target }) => {
    const example = target.closest("[data-example]")?.dataset.example;
    if (example === undefined) return;
    query.value = example;
    run(page);
  });
  find("save").addEventListener("click", () => saveText("query.csv", "text/csv", toCsv(page.answer.columns, page.answer.rows)));
  if (new URLSearchParams(location.search).has("q")) run(page);
}

async function run(page) {
  const { find, query, status } = page;
  find("run").disabled = true;
  status.textContent = "Running\u2026";
  find("problem").hidden = true;
  try {
    page.answer = await ask("/api/sql", { method: "POST", body: { query: query.value } });
    history.replaceState(null, "", `?${new URLSearchParams({ q: query.value })}`);
    show(page);
  } catch (error) {
    status.textContent = "";
    find("problem").textContent = error.message;
    find("problem").hidden = false;
  } finally {
    find("run").disabled = false;
  }
}

function show({ find, status, answer }) {
  const { columns, rows, truncated, max_rows: most, query_time_ms: time } = answer;
  status.textContent = `${formatCount(rows.length)} row${rows.length === 1 ? "" : "s"} in ${Math.round(time)} ms`;
  const head = document.createElement("tr");
  const numeric = columns.map((_, i) => rows.every((row) => row[i] === null || typeof row[i] === "number"));
  head.append(...columns.map((name, i) => cell("th", name, numeric[i])));
  const table = find("result").querySelector("table");
  const body = document.createElement("tbody");
  body.append(...rows.slice(0, DRAWN_ROWS).map((row) => line(row, numeric, columns.indexOf("run_id"))));
  const top = document.createElement("thead");
  top.append(head);
  table.replaceChildren(top, body);
  find("result").hidden = false;
  find("save").disabled = false;
  find("cut").hidden = !truncated && rows.length <= DRAWN_ROWS;
  find("cut").textContent = truncated
    ? `Cut at ${formatCount(most)} rows; ${formatCount(Math.min(DRAWN_ROWS, rows.length))} are drawn. The command line has no such limit.`
    : `${formatCount(DRAWN_ROWS)} of ${formatCount(rows.length)} rows are drawn; all are in the CSV.`;
}

function line(row, numeric, run) {
  const made = document.createElement("tr");
  made.append(...row.map((value, i) => cell("td", textOf(value), numeric[i])));
  if (typeof row[run] === "string") linkTo(made.cells[run], `/runs/${encodeURIComponent(row[run])}`);
  return made;
}

function linkTo(cell, address) {
  const link = document.createElement("a");
  link.href = address;
  link.textContent = cell.textContent;
  cell.replaceChildren(link);
}

/** @param {unknown} value @returns {string} */
export function textOf(value) {
  if (typeof value === "number" || value === null) return formatNumber(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function cell(kind, text, numeric) {
  const made = document.createElement(kind);
  made.textContent = text;
  made.className = numeric ? "cell--number" : "cell--long";
  made.title = text;
  return made;
}
