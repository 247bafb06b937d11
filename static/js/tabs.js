/** Sections one below the other become tabs. The open one is kept in the address, so that a link leads back to it. */

import { formatCount } from "runicorn/format";

/** @param {HTMLElement} element */
export function start(element) {
  const list = element.querySelector("[data-tabs]");
  const sections = [...element.querySelectorAll(":scope > [data-tab]")];
  if (sections.length < 2) return;
  list.setAttribute("role", "tablist");
  const tabs = sections.map((section) => makeTab(section, list));
  const open = (index, focus = false) => {
    sections.forEach((section, i) => (section.hidden = i !== index));
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
    if (way) open((tabs.indexOf(document.activeElement) + way + tabs.length) % tabs.length, true);
  });
  list.hidden = false;
  open(Math.max(0, sections.findIndex((section) => `#${slug(section)}` === location.hash)));
}

function makeTab(section, list) {
  const tab = document.createElement("button");
  tab.className = "tab";
  tab.type = "button";
  tab.textContent = section.dataset.tab;
  if (Number(section.dataset.count)) {
    const count = document.createElement("small");
    count.textContent = formatCount(Number(section.dataset.count));
    tab.append(count);
  }
  tab.setAttribute("role", "tab");
  section.setAttribute("role", "tabpanel");
  section.setAttribute("aria-label", section.dataset.tab);
  list.append(tab);
  return tab;
}

function slug(section) {
  return section.dataset.tab.toLowerCase();
}
