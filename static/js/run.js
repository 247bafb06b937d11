/** The page of one run: its header follows the run while it is written. */

import { deleteRuns } from "runicorn/deletion";
import { watch } from "runicorn/live";
import { refreshRegions } from "runicorn/region";
import { toast } from "runicorn/toast";

/** @param {HTMLElement} element */
export function start(element) {
  const { run, status } = element.dataset;
  copyButton(element.querySelector("[data-copy]"));
  deleteButton(element.querySelector("[data-delete]"), run);
  if (status !== "running") return;
  let shown = status;
  const stop = watch({ runs: [run] }, (frame) => {
    if (frame.type !== "run" || frame.run_id !== run || frame.status === shown) return;
    shown = frame.status;
    refreshRegions(location.href);
  });
  addEventListener("pagehide", stop);
}

function copyButton(button) {
  if (!button) return;
  button.disabled = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    toast("Copied.", { seconds: 2 });
  });
}

function deleteButton(button, run) {
  button?.addEventListener("click", () => deleteRuns([run], {
    done: () => (button.disabled = true),
    undone: () => (button.disabled = false),
  }));
}
