/** Fetching a page of the viewer again and taking over the parts that changed, so that focus and scroll stay. */

import { localise } from "runicorn/times";

/**
 * Replace every `[data-region]` of this document by the one of the page at `address`.
 * @param {string} address
 * @returns {Promise<boolean>} whether the page was had and is of the same kind
 */
export async function refreshRegions(address) {
  const page = await fetchPage(address);
  return page !== null && takeRegions(page);
}

/** @param {string} address @returns {Promise<Document | null>} null when the viewer does not give it */
export async function fetchPage(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
}

/** @param {Document} page whose regions are taken over @returns {boolean} whether it is of the same kind as this one */
export function takeRegions(page) {
  const regions = [...document.querySelectorAll("[data-region]")];
  const fresh = regions.map((region) => page.querySelector(`[data-region="${region.dataset.region}"]`));
  if (!regions.length || fresh.some((region) => region === null)) return false;
  regions.forEach((region, i) => {
    localise(fresh[i]);
    if (!region.isEqualNode(fresh[i])) region.replaceChildren(...document.adoptNode(fresh[i]).childNodes);
  });
  document.title = page.title;
  return true;
}
