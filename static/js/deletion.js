/** Moving runs to the recycle bin, and back. */

import { ask } from "runicorn/request";
import { toast } from "runicorn/toast";

/**
 * Delete runs and offer to undo it.
 * @param {string[]} ids
 * @param {{done: () => void, undone: () => void}} events
 */
export async function deleteRuns(ids, { done, undone }) {
  try {
    const { results } = await ask("/api/v2/experiments/batch-delete", { method: "POST", body: { exp_ids: ids } });
    const gone = ids.filter((id) => results[id]);
    if (gone.length) {
      done();
      toast(`${gone.length === 1 ? `Run ${gone[0]} is` : `${gone.length} runs are`} in the recycle bin.`, {
        label: "Undo",
        run: () => restoreRuns(gone).then(undone),
        seconds: 12,
      });
    }
    if (gone.length < ids.length) toast(`${ids.length - gone.length} of ${ids.length} runs could not be deleted.`);
  } catch (error) {
    toast(`Not deleted: ${error.message}`);
  }
}

/** @param {string[]} ids */
export async function restoreRuns(ids) {
  try {
    await ask("/api/recycle-bin/restore", { method: "POST", body: { run_ids: ids } });
  } catch (error) {
    toast(`Not restored: ${error.message}`);
  }
}
