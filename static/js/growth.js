/** The page of runs that go on: what came since it was opened is taken over from a fresh one. */

import { watch } from "runicorn/live";
import { startModule, startModules } from "runicorn/modules";
import { fetchPage, takeRegions } from "runicorn/region";

const LATER_MS = 1500;

/**
 * Follow the runs of a page that are told, each in an element with `data-run`, `data-status` and `data-shape`, and
 * whatever is shown of them. Points and log lines are not brought by this: those who show them follow them themselves.
 * @param {HTMLElement} element the whole of what grows, with a `data-module`
 * @param {{hear?: (frame: object) => void, grown?: () => void}} events
 */
export function follow(element, { hear, grown }) {
  const live = told(element).filter(({ dataset }) => dataset.status === "running").map(({ dataset }) => dataset.run);
  if (!live.length) return;
  let due = null;
  const stop = watch({ runs: live }, (frame) => {
    const run = frame.type === "run" && told(element).find(({ dataset }) => dataset.run === frame.run_id);
    if (!run) return;
    hear?.(frame);
    if (due !== null || (frame.status === run.dataset.status && frame.shape === run.dataset.shape)) return;
    due = setTimeout(async () => {
      due = null;
      if (await grow(element)) grown?.();
    }, LATER_MS);
  });
  addEventListener("pagehide", stop);
}

function told(element) {
  return [element, ...element.querySelectorAll("[data-shape]")].filter(({ dataset }) => "shape" in dataset);
}

async function grow(element) {
  const page = await fetchPage(location.href).catch(() => null); // the viewer is gone; the page stays as it is
  const fresh = page?.querySelector(`[data-module=${element.dataset.module}]`);
  if (!fresh || !takeRegions(page)) return false;
  told(fresh).forEach(({ dataset: { status, shape } }, i) => Object.assign(told(element)[i].dataset, { status, shape }));
  growTabs(element, fresh);
  await growCharts(...both("[data-charts]", element, fresh));
  await growSamples(...both("[data-samples]", element, fresh));
  return true;
}

function both(selector, element, fresh) {
  return [element.querySelector(selector), fresh.querySelector(selector)];
}

/** Counts change, and tabs come into sight once they have something to show. */
function growTabs(element, fresh) {
  const tabs = [...fresh.querySelectorAll("[role=tab]")];
  element.querySelectorAll("[role=tab]").forEach((tab, i) => {
    tab.hidden = tabs[i].hidden;
    tab.replaceChildren(...document.adoptNode(tabs[i]).childNodes);
  });
  for (const section of fresh.querySelectorAll("[data-tab]")) {
    element.querySelector(`[data-tab="${section.dataset.tab}"]`).hidden = section.hidden;
  }
}

async function growCharts(place, fresh) {
  const [panel, next] = both("[data-module=charts]", place, fresh);
  if (!next) return;
  if (panel) panel.dispatchEvent(new CustomEvent("grow", { detail: next }));
  else {
    place.replaceChildren(...document.adoptNode(fresh).childNodes);
    await startModules(place);
  }
}

/** A key with new samples gets a new slider, which stays at its step unless it was at the latest. */
async function growSamples(place, fresh) {
  const known = new Map([...place.children].map((panel) => [nameOf(panel), panel]));
  const panels = [...fresh.children].map((panel) => {
    const old = known.get(nameOf(panel));
    const stays = old && (old.dataset.samplesTotal === panel.dataset.samplesTotal || isPlaying(old));
    return stays ? old : document.adoptNode(panel);
  });
  arrange(place, panels);
  for (const panel of panels.filter(({ dataset }) => !("started" in dataset))) {
    await startModule(panel);
    keepStep(panel, known.get(nameOf(panel)));
  }
}

/**
 * Make `elements` the children of `place`; those that are there already and in order are not moved.
 * @param {HTMLElement} place @param {HTMLElement[]} elements
 */
export function arrange(place, elements) {
  const kept = new Set(elements);
  for (const child of [...place.children]) if (!kept.has(child)) child.remove();
  elements.forEach((element, i) => {
    if (place.children[i] !== element) place.insertBefore(element, place.children[i] ?? null);
  });
}

function nameOf({ dataset, ariaLabel }) {
  return `${dataset.module} ${ariaLabel}`;
}

function isPlaying(panel) {
  return [...panel.querySelectorAll("audio, video")].some((one) => !one.paused);
}

function keepStep(panel, old) {
  const [now, before] = [panel, old].map((owner) => owner?.querySelector("input[type=range]"));
  if (!now || !before || before.value === before.max) return;
  now.value = before.value;
  now.dispatchEvent(new Event("input"));
}
