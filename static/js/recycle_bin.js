/** The recycle bin: restore a run, delete it for good, empty the bin. */

import { ask } from "runicorn/request";
import { toast } from "runicorn/toast";

/** @param {HTMLElement} element */
export function start(element) {
  element.addEventListener("click", async ({ target }) => {
    const row = target.closest("[data-run]");
    if (target.closest("[data-restore]")) await act(() => restore(row), `Run ${row.dataset.run} is back.`);
    if (target.closest("[data-remove]") && (await agreed("remove"))) await act(() => remove(row), `Run ${row.dataset.run} is gone.`);
    if (target.closest("[data-empty]") && (await agreed("empty"))) {
      await act(() => ask("/api/recycle-bin/empty", { method: "POST", body: { confirm: true } }), "");
      location.reload();
    }
  });
}

async function restore(row) {
  const { results } = await ask("/api/recycle-bin/restore", { method: "POST", body: { run_ids: [row.dataset.run] } });
  settle(row, results[row.dataset.run]);
}

async function remove(row) {
  const { results } = await ask("/api/experiments/delete", { method: "DELETE", body: { run_ids: [row.dataset.run], force: true } });
  settle(row, results[row.dataset.run]);
}

/** Take the row away when the run is, or throw what kept it. */
function settle(row, result) {
  const done = result === true || result?.success;
  if (!done) throw new Error(result?.error ?? "the run stayed where it was");
  row.remove();
}

async function act(call, message) {
  try {
    await call();
    if (message) toast(message);
  } catch (error) {
    toast(`That did not work: ${error.message}`);
  }
}

/** Ask with the dialog `id`. @param {string} id @returns {Promise<boolean>} */
function agreed(id) {
  const dialog = document.getElementById(id);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}
