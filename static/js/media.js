/** The samples of one key behind a slider over their steps; only one is on the page at a time. */

import { makeSlider } from "runicorn/images";

/** @param {HTMLElement} element */
export function start(element) {
  const samples = [...element.querySelectorAll(":scope > figure")];
  if (!samples.length) return;
  const label = element.querySelector("[data-label]");
  const slider = makeSlider(samples.length, element.getAttribute("aria-label"));
  const show = () => {
    const chosen = Number(slider.value);
    samples.forEach((sample, index) => {
      if (index !== chosen) sample.querySelector("audio, video")?.pause();
      sample.hidden = index !== chosen;
    });
    const { step } = samples[chosen].dataset;
    label.textContent = `${step === "" ? "" : `step ${step}, `}${chosen + 1} of ${samples.length}`;
  };
  slider.addEventListener("input", show);
  const control = document.createElement("div");
  control.className = "image-control";
  control.hidden = samples.length < 2;
  control.append(slider);
  samples.at(-1).after(control);
  show();
}
