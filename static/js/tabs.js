/** Sections one below the other become tabs. The open one is kept in the address, so that a link leads back to it. */

/** @param {HTMLElement} element */
export function start(element) {
  const list = element.querySelector("[data-tabs]");
  const tabs = [...list.querySelectorAll("[role=tab]")];
  const sections = [...element.querySelectorAll(":scope > [data-tab]")];
  const open = (index, focus = false) => {
    sections.forEach((section, i) => section.classList.toggle("tab-body--open", i === index));
    tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", String(i === index));
      tab.tabIndex = i === index ? 0 : -1;
    });
    if (focus) tabs[index].focus();
    sections[index].dispatchEvent(new Event("shown"));
  };
  const live = document.body.hasAttribute("data-live");
  tabs.forEach((tab, index) => tab.addEventListener("click", () => {
    open(index);
    if (live) history.replaceState(history.state, "", index ? `#${slug(sections[index])}` : location.pathname + location.search);
  }));
  list.addEventListener("keydown", (event) => {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const there = tabs.filter((tab) => !tab.hidden);
    const next = (there.indexOf(document.activeElement) + way + there.length) % there.length;
    if (way) open(tabs.indexOf(there[next]), true);
  });
  for (const section of sections) {
    section.setAttribute("role", "tabpanel");
    section.setAttribute("aria-label", section.dataset.tab);
  }
  open(Math.max(0, sections.findIndex((section) => !section.hidden && `#${slug(section)}` === location.hash)));
}

function slug(section) {
  return section.dataset.tab.toLowerCase();
}
