/** The button that goes round: the system's colours, light, dark. */

const ORDER = ["", "light", "dark"];
const TITLES = { "": "Colours: as the system has them", light: "Colours: light", dark: "Colours: dark" };

/** @param {string} theme @returns {string} the theme after this one */
export function next(theme) {
  return ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length];
}

/** @param {HTMLElement} button */
export function start(button) {
  const root = document.documentElement;
  const show = () => (button.title = TITLES[root.dataset.theme ?? ""]);
  button.addEventListener("click", () => {
    const theme = next(root.dataset.theme ?? "");
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    store(theme);
    show();
    document.dispatchEvent(new Event("themechange"));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
    document.dispatchEvent(new Event("themechange")),
  );
  show();
}

function store(theme) {
  try {
    if (theme) localStorage.setItem("runicorn.theme", theme);
    else localStorage.removeItem("runicorn.theme");
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
  }
}
