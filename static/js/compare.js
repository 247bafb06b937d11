/** The compare page: a run's box hides its curves and its column. */

/** @param {HTMLElement} element */
export function start(element) {
  const boxes = [...element.querySelectorAll("[data-show]")];
  const charts = element.querySelector("[data-module=charts]");
  element.addEventListener("change", (event) => {
    if (!event.target.matches("[data-show]")) return;
    const hidden = boxes.filter((box) => !box.checked).map((box) => Number(box.value));
    for (const cell of element.querySelectorAll("[data-column]")) cell.hidden = hidden.includes(Number(cell.dataset.column));
    charts?.dispatchEvent(new CustomEvent("hide-runs", { detail: hidden }));
  });
}
