/** Modules that elements name: data-module="charts" imports "runicorn/charts" and starts it on the element. */

/**
 * Start every module named below `root`. Until then its controls that need scripts can be neither seen nor used.
 * @param {ParentNode} root
 */
export async function startModules(root) {
  await Promise.all([...root.querySelectorAll("[data-module]")].map(startModule));
}

/** @param {HTMLElement} element */
export async function startModule(element) {
  const { start } = await import(`runicorn/${element.dataset.module}`);
  start(element);
  element.dataset.started = "";
}
