/** Fetching a page of the viewer again and taking over the parts that changed, so that focus and scroll stay. */

import { localise } from "runicorn/times";

/**
 * Replace every `[data-region]` of this document by the one of the page at `address`.
 * @param {string} address
 * @returns {Promise<boolean>} whether the page was had and is of the same kind
 */
export async function refreshRegions(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (!answer.ok) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const regions = [...document.querySelectorAll("[data-region]")];
  const fresh = regions.map((region) => page.querySelector(`[data-region="${region.dataset.region}"]`));
  if (!regions.length || fresh.some((region) => region === null)) return false;
  regions.forEach((region, i) => {
    if (region.isEqualNode(fresh[i])) return;
    region.replaceChildren(...document.adoptNode(fresh[i]).childNodes);
    localise(region);
  });
  document.title = page.title;
  return true;
}
