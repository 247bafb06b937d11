/** The compare page: a run's box hides its curves and its column; runs alike in one parameter become one curve. */

/** @param {HTMLElement} element */
export function start(element) {
  const boxes = [...element.querySelectorAll("[data-show]")];
  const charts = element.querySelector("[data-module=charts]");
  element.addEventListener("change", ({ target }) => {
    if (target.matches("[data-show]")) hide(element, charts, boxes.filter((box) => !box.checked).map((box) => Number(box.value)));
    if (target.matches("[data-group], [data-spread]")) group(element, charts);
  });
}

function hide(element, charts, hidden) {
  for (const cell of element.querySelectorAll("[data-column]")) cell.hidden = hidden.includes(Number(cell.dataset.column));
  charts?.dispatchEvent(new CustomEvent("hide-runs", { detail: hidden }));
}

function group(element, charts) {
  const [chosen, shaded] = ["group", "spread"].map((name) => element.querySelector(`[data-${name}]`).selectedOptions[0]);
  const labels = chosen.dataset.labels === undefined ? null : JSON.parse(chosen.dataset.labels);
  charts?.dispatchEvent(new CustomEvent("group-runs", { detail: labels && { labels, spread: shaded.value } }));
  const names = [...new Set(labels ?? [])];
  element.querySelector("[data-groups]").replaceChildren(...names.map((name, i) => chip(name, i, labels)));
}

function chip(name, index, labels) {
  const made = document.createElement("span");
  made.className = "tag tag--plain";
  const swatch = document.createElement("i");
  swatch.className = `swatch swatch--${index % 8}`;
  const count = labels.filter((label) => label === name).length;
  made.append(swatch, count > 1 ? `${name}: mean of ${count} runs` : name);
  return made;
}
