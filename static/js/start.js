/** Start every module the page names: data-module="charts" imports "runicorn/charts" and starts it. Until then its
    controls that need scripts can be neither seen nor used. */

async function startModule(element) {
  const { start } = await import(`runicorn/${element.dataset.module}`);
  start(element);
  element.dataset.started = "";
}

const elements = [...document.querySelectorAll("[data-module]")];
const times = import("runicorn/times").then(({ start }) => start(document.body));
Promise.all([times, ...elements.map(startModule)]).then(() => (document.documentElement.dataset.ready = ""));
