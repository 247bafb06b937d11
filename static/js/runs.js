/** The table of runs: filters without a page load, selection, deletion, columns, and runs that come and go. */

import { deleteRuns } from "runicorn/deletion";
import { watch } from "runicorn/live";
import { refreshRegions } from "runicorn/region";
import { start as startSorting } from "runicorn/sorting";

const TYPING_MS = 200;
const REFRESH_MS = 2000;
const YEAR_S = 31536000;

/** @param {HTMLElement} element */
export function start(element) {
  if (!document.body.hasAttribute("data-live")) return startSorting(element);
  const table = new RunsPage(element);
  table.start();
  return table;
}

class RunsPage {
  constructor(element) {
    this.element = element;
    this.form = element.querySelector("[data-filter]");
    this.selection = element.querySelector("[data-selection]");
  }

  start() {
    this.#watch();
    if (!this.form) return;
    this.element.addEventListener("click", (event) => this.#follow(event));
    addEventListener("popstate", () => this.#load(location.href));
    this.#filter();
    this.#selecting();
    this.#columns();
  }

  /** Show the page at `address` in place of this one. */
  async go(address) {
    history.pushState(null, "", address);
    await this.#load(address);
  }

  async #load(address) {
    const picked = new Set(this.#picked());
    if (!(await refreshRegions(address))) return location.assign(address);
    for (const box of this.#boxes()) box.checked = picked.has(box.value);
    this.#hiddenFields();
    this.#count();
    return undefined;
  }

  #follow(event) {
    const link = event.target.closest("a");
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
    if (!link || !plain || new URL(link.href).pathname !== location.pathname) return;
    event.preventDefault();
    this.go(link.href);
  }

  #filter() {
    const search = this.form.elements.q;
    let due;
    const run = () => {
      clearTimeout(due);
      const query = new URLSearchParams(location.search);
      query.delete("page");
      if (search.value) query.set("q", search.value);
      else query.delete("q");
      this.go(`?${query}`);
    };
    search.addEventListener("input", () => {
      clearTimeout(due);
      due = setTimeout(run, TYPING_MS);
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      run();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
      event.preventDefault();
      search.focus();
    });
  }

  /** Keep what the form would send without scripts in step with the address. */
  #hiddenFields() {
    const query = new URLSearchParams(location.search);
    for (const field of this.form.querySelectorAll("input[type=hidden]")) field.value = query.get(field.name) ?? "";
  }

  #boxes() {
    return [...this.selection.querySelectorAll("input[name=run]")];
  }

  #picked() {
    return this.#boxes().filter((box) => box.checked).map((box) => box.value);
  }

  #selecting() {
    this.selection.addEventListener("change", (event) => {
      if (event.target.matches("[data-pick-all]")) for (const box of this.#boxes()) box.checked = event.target.checked;
      this.#count();
    });
    this.element.querySelector("[data-delete]").addEventListener("click", () => {
      const refresh = () => this.#load(location.href);
      deleteRuns(this.#picked(), { done: refresh, undone: refresh });
    });
    this.#count();
  }

  #count() {
    const picked = this.#picked().length;
    const all = this.selection.querySelector("[data-pick-all]");
    if (all) all.checked = picked > 0 && picked === this.#boxes().length;
    for (const name of ["compare", "delete"]) this.element.querySelector(`[data-${name}]`).disabled = picked === 0;
    this.element.querySelector("[data-selected]").textContent = picked ? `${picked} selected` : "Select runs to compare them";
  }

  #columns() {
    const dialog = document.getElementById("columns");
    const open = this.form.querySelector("[data-columns]");
    open.addEventListener("click", () => {
      dialog.showModal();
      offerMetrics(dialog, this.#boxes().slice(0, 10).map((box) => box.value));
    });
    dialog.querySelector("[data-add]").addEventListener("click", () => addMetric(dialog));
    dialog.querySelector("[data-narrow]").addEventListener("input", ({ target }) => {
      for (const label of dialog.querySelectorAll("label")) label.hidden = !label.textContent.toLowerCase().includes(target.value.toLowerCase());
    });
    dialog.addEventListener("close", () => {
      if (!["show", "usual"].includes(dialog.returnValue)) return;
      const chosen = [...dialog.querySelectorAll("input[name=column]:checked")].map((box) => encodeURIComponent(box.value));
      const value = dialog.returnValue === "usual" ? "" : chosen.join("|");
      for (const added of dialog.querySelectorAll(".added")) added.remove();
      document.cookie = `runicorn_columns=${value}; path=/; samesite=strict; max-age=${value ? YEAR_S : 0}`;
      this.#load(location.href);
    });
  }

  #watch() {
    let due = null;
    const stop = watch({ list: true }, (frame) => {
      if (frame.type !== "list" || due !== null) return;
      due = setTimeout(() => {
        due = null;
        if (this.form) this.#load(location.href);
        else location.reload();
      }, REFRESH_MS);
    });
    addEventListener("pagehide", stop);
  }
}

/** Fill the list of names one may choose from. */
async function offerMetrics(dialog, runs) {
  const answer = await fetch(`/metric-names?${new URLSearchParams(runs.map((run) => ["run", run]))}`);
  const names = answer.ok ? await answer.json() : [];
  dialog.querySelector("datalist").replaceChildren(...names.map((name) => new Option(name, name)));
  const field = dialog.querySelector("[data-metric-name]");
  field.value ||= names[0] ?? "";
}

/** Put a box for one more column, checked, above the button. */
function addMetric(dialog) {
  const name = dialog.querySelector("[data-metric-name]").value.trim();
  if (!name) return;
  const statistic = dialog.querySelector("[data-statistic]").value;
  const box = document.createElement("input");
  Object.assign(box, { type: "checkbox", name: "column", value: `metrics.${name}.${statistic}`, checked: true });
  const label = document.createElement("label");
  label.className = "field added";
  label.append(box, `${name} ${statistic}`);
  dialog.querySelector("[data-add]").closest("fieldset").append(label);
}
