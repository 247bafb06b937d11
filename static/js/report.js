/** A report in one file: shows one of its pages, the one the address names. */

/** @param {HTMLElement} element */
export function start(element) {
  const pages = [...element.querySelectorAll(":scope > [data-page]")];
  const show = () => {
    const wanted = decodeURIComponent(location.hash.slice(1));
    const open = pages.find((page) => page.id === wanted) ?? pages[0];
    for (const page of pages) page.hidden = page !== open;
    scrollTo(0, 0);
  };
  addEventListener("hashchange", show);
  show();
}
