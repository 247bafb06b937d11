/** The images of one key behind a slider over their steps. */

/** @param {HTMLElement} element */
export function start(element) {
  const strip = element.querySelector("[data-strip]");
  const images = [...strip.querySelectorAll("figure")].map((figure) => ({ ...figure.dataset, src: figure.querySelector("img")?.src }));
  const label = element.querySelector("[data-label]");
  const frame = make("div", "image-frame");
  const picture = document.createElement("img");
  const missing = make("p", "muted");
  const caption = make("p", "image-caption");
  const control = make("div", "image-control");
  const slider = makeSlider(images.length, element.getAttribute("aria-label"));
  picture.addEventListener("load", () => picture.toggleAttribute("data-small", picture.naturalWidth <= 128));
  const show = () => {
    const { src, step, caption: text } = images[slider.value];
    picture.hidden = !src;
    missing.hidden = Boolean(src);
    missing.textContent = "The file of this image is missing.";
    if (src) picture.src = src;
    picture.alt = `${element.getAttribute("aria-label")}, step ${step || "unknown"}`;
    caption.textContent = text;
    label.textContent = `${step === "" ? "" : `step ${step}, `}${Number(slider.value) + 1} of ${images.length}`;
  };
  slider.addEventListener("input", show);
  frame.append(picture, missing);
  control.append(slider);
  control.hidden = images.length < 2;
  strip.replaceWith(frame, control, caption);
  show();
}

/** @param {number} count of steps @param {string | null} label whose steps they are @returns {HTMLInputElement} at the latest */
export function makeSlider(count, label) {
  const slider = document.createElement("input");
  slider.type = "range";
  slider.max = String(count - 1);
  slider.value = slider.max;
  slider.setAttribute("aria-label", `Step of ${label}`);
  return slider;
}

function make(name, className) {
  const element = document.createElement(name);
  element.className = className;
  return element;
}
