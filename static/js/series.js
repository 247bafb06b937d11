/** Curves as data: smoothing, axes, several runs in one chart. Pure functions; nothing here knows the page. */

/**
 * @typedef {object} Line one metric of one run
 * @property {number[]} steps
 * @property {number[]} x never decreasing
 * @property {(number | null)[]} values null where the logged value was not finite
 * @property {number} total points before thinning
 * @property {{count: number, first_step: number | null, steps: number[], kinds: string[]}} nonfinite
 */

/**
 * Exponential moving average, free of the pull towards the first value. A null stays null: no gap is bridged.
 * @param {(number | null | undefined)[]} values
 * @param {number} weight 0 (no smoothing) up to, not including, 1
 */
export function smooth(values, weight) {
  if (weight <= 0) return values;
  let mean = 0;
  let left = 1;
  return values.map((value) => {
    if (value === null || value === undefined) return value;
    mean = weight * mean + (1 - weight) * value;
    left *= weight;
    return mean / (1 - left);
  });
}

/**
 * Put lines on one x axis, as uPlot wants them. A step that a line has twice stays twice; where a line has no point
 * of its own it gets undefined, which draws nothing and breaks nothing.
 * @param {{x: number[], values: (number | null)[]}[]} lines
 * @returns {(number | null | undefined)[][]} x first, then one row per line
 */
export function align(lines) {
  if (lines.length === 1) return [lines[0].x, lines[0].values];
  const at = lines.map(() => 0);
  const rows = [[], ...lines.map(() => [])];
  for (;;) {
    let x = Infinity;
    lines.forEach((line, i) => { if (at[i] < line.x.length && line.x[at[i]] < x) x = line.x[at[i]]; });
    if (x === Infinity) return rows;
    rows[0].push(x);
    lines.forEach((line, i) => rows[i + 1].push(line.x[at[i]] === x ? line.values[at[i]++] : undefined));
  }
}

/**
 * The same line along another axis, for reports, which carry wall time only.
 * @param {Line} line its x is wall time
 * @param {"step" | "time" | "relative"} axis
 * @param {number} start the run's first instant
 * @returns {Line}
 */
export function turn(line, axis, start) {
  if (axis === "time") return line;
  if (axis === "relative") return { ...line, x: line.x.map((x) => x - start) };
  const order = line.steps.map((_, i) => i).sort((a, b) => line.steps[a] - line.steps[b] || a - b);
  const steps = order.map((i) => line.steps[i]);
  return { ...line, steps, x: steps, values: order.map((i) => line.values[i]) };
}

/** @param {Line} line @returns {Line} what of it can stand on a logarithmic x axis */
export function positive(line) {
  const kept = line.x.map((_, i) => i).filter((i) => line.x[i] > 0);
  const bad = line.nonfinite.steps.map((_, i) => i).filter((i) => place(line, line.nonfinite.steps[i]) > 0);
  const pick = (values, places) => places.map((i) => values[i]);
  const { steps, kinds } = line.nonfinite;
  return {
    ...line,
    steps: pick(line.steps, kept),
    x: pick(line.x, kept),
    values: pick(line.values, kept),
    nonfinite: { ...line.nonfinite, steps: pick(steps, bad), kinds: pick(kinds, bad) },
  };
}

/** @param {Line} line @param {number} min @param {number} max @returns {Line} with the neighbours just outside */
export function cut(line, min, max) {
  let first = line.x.findIndex((x) => x >= min);
  if (first < 0) first = line.x.length;
  let last = line.x.findLastIndex((x) => x <= max);
  first = Math.max(0, first - 1);
  last = Math.min(line.x.length - 1, last + 1);
  return {
    ...line,
    steps: line.steps.slice(first, last + 1),
    x: line.x.slice(first, last + 1),
    values: line.values.slice(first, last + 1),
  };
}

/**
 * Where the values that are not finite stand on the x axis of the line.
 * @param {Line} line
 * @returns {{x: number, kind: string}[]}
 */
export function marks(line) {
  const { steps, kinds } = line.nonfinite;
  return steps.map((step, i) => ({ x: place(line, step), kind: kinds[i] }));
}

/** The x of a step: its own point where the line has one, else between its neighbours. */
function place(line, step) {
  const { steps, x } = line;
  if (!steps.length) return step;
  const after = steps.findIndex((other) => other >= step);
  if (after < 0) return x[x.length - 1];
  if (after === 0 || steps[after] === step) return x[after];
  const share = (step - steps[after - 1]) / (steps[after] - steps[after - 1]);
  return x[after - 1] + share * (x[after] - x[after - 1]);
}

/**
 * Break the line at every mark that thinning left no null for.
 * @param {Line} line
 * @returns {Line}
 */
export function breakAtMarks(line) {
  if (!line.nonfinite.steps.length) return line;
  const nulls = new Set(line.x.filter((_, i) => line.values[i] === null));
  const missing = marks(line).map((mark) => mark.x).filter((x) => !nulls.has(x)).sort((a, b) => a - b);
  if (!missing.length) return line;
  const points = line.x.map((x, i) => [x, line.values[i], line.steps[i]]);
  for (const x of new Set(missing)) points.push([x, null, null]);
  points.sort((a, b) => a[0] - b[0]);
  return { ...line, x: points.map((p) => p[0]), values: points.map((p) => p[1]), steps: points.map((p) => p[2]) };
}

/** @param {(number | null | undefined)[]} values @returns {number[]} indices of points without a neighbour to draw a line to */
export function lonely(values) {
  const found = [];
  const near = (i, way) => {
    for (let j = i + way; j >= 0 && j < values.length; j += way) if (values[j] !== undefined) return values[j];
    return null;
  };
  values.forEach((value, i) => {
    if (value !== null && value !== undefined && near(i, -1) === null && near(i, 1) === null) found.push(i);
  });
  return found;
}

/** @param {string} text @returns {(name: string) => boolean} a regular expression when it is one, else plain text */
export function matcher(text) {
  const plain = text.toLowerCase();
  try {
    const pattern = new RegExp(text, "i");
    return (name) => pattern.test(name) || name.toLowerCase().includes(plain);
  } catch {
    return (name) => name.toLowerCase().includes(plain);
  }
}
