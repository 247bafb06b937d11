/** The images of one key of several runs: one slider shows what each run had logged by a step. */

import { formatCount } from "runicorn/format";
import { makeSlider } from "runicorn/images";

/** @param {HTMLElement} element */
export function start(element) {
  const columns = [...element.querySelectorAll("figure")].map((figure) => ({
    picture: figure.querySelector("img"),
    caption: figure.querySelector("[data-caption]"),
    images: [...figure.querySelectorAll("li")].map((item) => ({ step: Number(item.dataset.step), src: item.dataset.src, text: item.textContent })),
  }));
  const steps = [...new Set(columns.flatMap(({ images }) => images.map(({ step }) => step)))].sort((a, b) => a - b);
  if (steps.length < 2) return;
  const slider = makeSlider(steps.length, element.getAttribute("aria-label"));
  const label = element.querySelector("[data-label]");
  const show = () => {
    const step = steps[slider.value];
    label.textContent = `by step ${formatCount(step)}`;
    for (const column of columns) showBy(column, step);
  };
  const control = document.createElement("div");
  control.className = "image-control";
  control.append(slider);
  slider.addEventListener("input", show);
  element.append(control);
  show();
}

/** @param {number} step of which, or the latest before, the image is shown */
function showBy({ picture, caption, images }, step) {
  const found = latestBy(images, step);
  picture.hidden = !found;
  if (found && picture.getAttribute("src") !== found.src) picture.src = found.src;
  caption.textContent = found ? `step ${formatCount(found.step)} ${found.text}` : "nothing yet";
}

/** @template {{step: number}} T @param {T[]} images by step @param {number} step @returns {T | undefined} */
export function latestBy(images, step) {
  return images.findLast((image) => image.step <= step);
}
