/** The page's colours as a canvas needs them: resolved, in the theme that shows now. */

const RUNS = 8;

/** @returns {{run: (index: number) => string, dash: (index: number) => number[], text: string, faint: string, line: string, bad: string, surface: string, font: string}} */
export function colours() {
  const probe = document.createElement("i");
  probe.hidden = true;
  document.body.append(probe);
  const resolve = (role) => {
    probe.style.color = `var(${role})`;
    return getComputedStyle(probe).color;
  };
  const runs = Array.from({ length: RUNS }, (_, i) => resolve(`--series-${i + 1}`));
  const found = {
    run: (index) => runs[index % RUNS],
    dash: (index) => [[], [6, 3], [2, 3], [8, 3, 2, 3]][Math.floor(index / RUNS) % 4],
    text: resolve("--text"),
    faint: resolve("--text-faint"),
    line: resolve("--line"),
    bad: resolve("--bad"),
    surface: resolve("--surface"),
    font: `11px ${getComputedStyle(document.body).fontFamily}`,
  };
  probe.remove();
  return found;
}
