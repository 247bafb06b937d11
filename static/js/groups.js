/** Runs that differ in chance only, as one curve: mean, lowest and highest. Pure functions. */

/**
 * @typedef {object} Band what surrounds a mean; all have the length of the line's x
 * @property {(number | null)[]} low
 * @property {(number | null)[]} high
 * @property {number[]} counts how many runs have a value there
 */

/**
 * Join lines into their mean, at every x that one of them was logged at. A line that has no point there counts with
 * what lies between its neighbours, but never beyond its ends or across a gap.
 * @param {import("runicorn/series").Line[]} lines
 * @returns {{line: import("runicorn/series").Line, band: Band}}
 */
export function joinLines(lines) {
  const x = [...new Set(lines.flatMap((line) => line.x))].sort((a, b) => a - b);
  const readers = lines.map(reader);
  const found = x.map((at) => readers.map((read) => read(at)).filter((value) => value !== null));
  const over = (join) => found.map((values) => (values.length ? join(values) : null));
  return {
    line: {
      name: lines[0].name,
      steps: x,
      x,
      values: over((values) => values.reduce((sum, value) => sum + value, 0) / values.length),
      total: lines.reduce((sum, line) => sum + line.total, 0),
      nonfinite: { count: 0, first_step: null, steps: [], kinds: [] },
    },
    band: { low: over((values) => Math.min(...values)), high: over((values) => Math.max(...values)), counts: found.map((values) => values.length) },
  };
}

/** Read a line at rising x. @returns {(x: number) => number | null} */
function reader({ x, values }) {
  let i = 0;
  return (at) => {
    while (i < x.length && x[i] < at) i += 1;
    if (i === x.length) return null;
    if (x[i] === at) return values[i];
    const [before, after] = [values[i - 1], values[i]];
    if (i === 0 || before === null || after === null) return null;
    return before + ((at - x[i - 1]) / (x[i] - x[i - 1])) * (after - before);
  };
}

/**
 * Put curves of one group together.
 * @param {import("runicorn/chart").Curve[]} curves
 * @param {string[]} labels the group of every run, by the run's index
 * @returns {import("runicorn/chart").Curve[]} one for each group, with a band where it has several runs
 */
export function groupCurves(curves, labels) {
  const names = [...new Set(labels)];
  return names.flatMap((name, index) => {
    const members = curves.filter((curve) => labels[curve.index] === name);
    if (!members.length) return [];
    if (members.length === 1) return [{ index, label: name, line: members[0].line }];
    return [{ index, label: `${name} (mean of ${members.length})`, ...joinLines(members.map(({ line }) => line)) }];
  });
}
