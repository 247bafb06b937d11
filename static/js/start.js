/** Start every module the page names: data-module="charts" imports "runicorn/charts" and starts it. */
for (const element of document.querySelectorAll("[data-module]")) {
  import(`runicorn/${element.dataset.module}`).then(({ start }) => start(element));
}
import("runicorn/times").then(({ start }) => start(document.body));
