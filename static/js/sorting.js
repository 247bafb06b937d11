/** Sorting and searching a table whose rows are all in the page, as in a report. */

/** @param {HTMLElement} element holds a table and perhaps a search field */
export function start(element) {
  const body = element.querySelector("tbody");
  if (!body) return;
  const heads = [...element.querySelectorAll("thead th[data-key]")];
  heads.forEach((head) => head.querySelector("a")?.addEventListener("click", (event) => {
    event.preventDefault();
    const descending = head.getAttribute("aria-sort") !== "descending";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const rows = [...body.rows];
    const keys = new Map(rows.map((row) => [row, keyOf(row.cells[head.cellIndex])]));
    body.append(...rows.sort((a, b) => compare(keys.get(a), keys.get(b), descending)));
  }));
  element.querySelector("input[type=search]")?.addEventListener("input", ({ target }) => {
    const words = target.value.toLowerCase().split(/\s+/);
    for (const row of body.rows) row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
  });
}

/** What a cell sorts by: its `data-sort`, as a number where it is one. @param {HTMLTableCellElement} cell */
function keyOf(cell) {
  const text = cell.dataset.sort ?? cell.textContent.trim();
  const number = Number(text);
  return text !== "" && !Number.isNaN(number) ? number : text;
}

/**
 * Order two keys; what is missing comes last either way, numbers before texts.
 * @param {number | string} a @param {number | string} b @param {boolean} descending
 */
export function compare(a, b, descending) {
  const missing = (key) => key === "" || key === "\u2013";
  if (missing(a) || missing(b)) return missing(a) - missing(b);
  const way = descending ? -1 : 1;
  if (typeof a !== typeof b) return way * (typeof a === "number" ? -1 : 1);
  if (typeof a === "number") return way * (a - b);
  return way * a.localeCompare(b);
}
