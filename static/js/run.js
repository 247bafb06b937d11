/** The page of one run, which follows the run while it is written. */

import { deleteRuns } from "runicorn/deletion";
import { formatCount } from "runicorn/format";
import { follow } from "runicorn/growth";
import { ask } from "runicorn/request";
import { toast } from "runicorn/toast";

/** @param {HTMLElement} element */
export function start(element) {
  const { run } = element.dataset;
  copyButton(element.querySelector("[data-copy]"));
  deleteButton(element.querySelector("[data-delete]"), run);
  editButton(element, run);
  follow(element, {
    hear: ({ last_step: last }) => {
      const step = element.querySelector("[data-last-step]");
      if (step && last !== null) step.textContent = formatCount(last);
    },
  });
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
