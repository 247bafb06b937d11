/** Runs that differ in chance only, as one curve: their mean and how far they spread. Pure functions. */

/** How far values spread around their mean, by name: what is shaded. */
export const SPREADS = {
  range: (values) => [Math.min(...values), Math.max(...values)],
  deviation: (values, mean) => around(mean, deviation(values, mean)),
  error: (values, mean) => around(mean, deviation(values, mean) / Math.sqrt(values.length)),
};

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
 * @param {keyof SPREADS} spread
 * @returns {{line: import("runicorn/series").Line, band: Band}}
 */
export function joinLines(lines, spread = "range") {
  const x = [...new Set(lines.flatMap((line) => line.x))].sort((a, b) => a - b);
  const readers = lines.map(reader);
  const found = x.map((at) => readers.map((read) => read(at)).filter((value) => value !== null));
  const means = found.map((values) => (values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null));
  const edges = found.map((values, i) => (values.length ? SPREADS[spread](values, means[i]) : [null, null]));
  return {
    line: {
      name: lines[0].name,
      steps: x,
      x,
      values: means,
      total: lines.reduce((sum, line) => sum + line.total, 0),
      nonfinite: { count: 0, first_step: null, steps: [], kinds: [] },
    },
    band: { low: edges.map(([low]) => low), high: edges.map(([, high]) => high), counts: found.map((values) => values.length) },
  };
}

/** Of a sample: divided by one less than there are values, and 0 for a single one. */
function deviation(values, mean) {
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0;
}

function around(mean, distance) {
  return [mean - distance, mean + distance];
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
 * @param {keyof SPREADS} spread
 * @returns {import("runicorn/chart").Curve[]} one for each group, with a band where it has several runs
 */
export function groupCurves(curves, labels, spread = "range") {
  const names = [...new Set(labels)];
  return names.flatMap((name, index) => {
    const members = curves.filter((curve) => labels[curve.index] === name);
    if (!members.length) return [];
    if (members.length === 1) return [{ index, label: name, line: members[0].line }];
    return [{ index, label: `${name} (mean of ${members.length})`, ...joinLines(members.map(({ line }) => line), spread) }];
  });
}
