/** The compare page: a run's box hides its curves and its column; runs alike in one parameter become one curve. */

import { follow } from "runicorn/growth";

/** @param {HTMLElement} element */
export function start(element) {
  element.addEventListener("change", ({ target }) => {
    if (target.matches("[data-show]")) hide(element);
    if (target.matches("[data-group], [data-spread]")) group(element);
  });
  follow(element, {
    grown: () => {
      hide(element);
      if (element.querySelector("[data-group]")) group(element);
    },
  });
}

function tell(element, name, detail) {
  element.querySelector("[data-module=charts]")?.dispatchEvent(new CustomEvent(name, { detail }));
}

function hide(element) {
  const hidden = [...element.querySelectorAll("[data-show]:not(:checked)")].map((box) => Number(box.value));
  for (const cell of element.querySelectorAll("[data-column]")) cell.hidden = hidden.includes(Number(cell.dataset.column));
  tell(element, "hide-runs", hidden);
}

function group(element) {
  const [chosen, shaded] = ["group", "spread"].map((name) => element.querySelector(`[data-${name}]`).selectedOptions[0]);
  const labels = chosen.dataset.labels === undefined ? null : JSON.parse(chosen.dataset.labels);
  tell(element, "group-runs", labels && { labels, spread: shaded.value });
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
