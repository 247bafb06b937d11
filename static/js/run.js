/** The page of one run: its header follows the run while it is written. */

import { deleteRuns } from "runicorn/deletion";
import { formatCount } from "runicorn/format";
import { watch } from "runicorn/live";
import { refreshRegions } from "runicorn/region";
import { ask } from "runicorn/request";
import { toast } from "runicorn/toast";

/** @param {HTMLElement} element */
export function start(element) {
  const { run, status } = element.dataset;
  copyButton(element.querySelector("[data-copy]"));
  deleteButton(element.querySelector("[data-delete]"), run);
  editButton(element, run);
  if (status !== "running") return;
  let shown = status;
  const stop = watch({ runs: [run] }, (frame) => {
    if (frame.type !== "run" || frame.run_id !== run) return;
    const step = element.querySelector("[data-last-step]");
    if (step && frame.last_step !== null) step.textContent = formatCount(frame.last_step);
    if (frame.status === shown) return;
    shown = frame.status;
    refreshRegions(location.href);
  });
  addEventListener("pagehide", stop);
}

function editButton(element, run) {
  const dialog = element.querySelector("[data-labels]");
  if (!dialog) return;
  element.querySelector("[data-edit]").addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("close", async () => {
    if (dialog.returnValue !== "save") return;
    try {
      await ask(`/api/runs/${encodeURIComponent(run)}/labels`, { method: "PATCH", body: labelsOf(dialog.querySelector("form")) });
      location.reload();
    } catch (error) {
      toast(`Not saved: ${error.message}`);
    }
  });
}

/** What the form says. @param {HTMLFormElement} form */
function labelsOf(form) {
  const { tags, group, notes, pinned, archived } = form.elements;
  return {
    tags: tags.value.split(",").map((tag) => tag.trim()).filter(Boolean),
    group: group.value.trim() || null,
    notes: notes.value.trim() || null,
    pinned: pinned.checked,
    archived: archived.checked,
  };
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
