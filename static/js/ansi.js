/** Terminal text: colours kept, every other control sequence dropped, progress bars folded. */

const SEQUENCE = /\x1b\[([0-9;]*)m|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.?|[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;
const STYLES = { 1: "bold", 2: "dim", 3: "italic", 4: "underline" };

/** @param {string} line @returns {string} what a terminal would still show after its carriage returns */
export function foldReturns(line) {
  const text = line.replace(/\r+$/, "");
  return text.slice(text.lastIndexOf("\r") + 1);
}

/**
 * @param {string} line
 * @returns {{text: string, classes: string[]}[]} pieces in order; their texts joined are the line without controls
 */
export function parseAnsi(line) {
  const pieces = [];
  let state = { colour: null, styles: new Set() };
  let from = 0;
  const push = (text) => {
    if (text) pieces.push({ text, classes: classesOf(state) });
  };
  for (const found of line.matchAll(SEQUENCE)) {
    push(line.slice(from, found.index));
    from = found.index + found[0].length;
    if (found[1] !== undefined) state = select(state, found[1]);
  }
  push(line.slice(from));
  return pieces;
}

/** Apply the numbers of one "select graphic rendition" sequence. Backgrounds and 256-colour tones are not drawn. */
function select(state, text) {
  let { colour } = state;
  const styles = new Set(state.styles);
  const codes = text.split(";").map(Number);
  for (let i = 0; i < codes.length; i += 1) {
    const code = codes[i];
    if (code === 0) [colour] = [null, styles.clear()];
    else if (code in STYLES) styles.add(STYLES[code]);
    else if (code === 22) ["bold", "dim"].forEach((style) => styles.delete(style));
    else if (code === 23) styles.delete("italic");
    else if (code === 24) styles.delete("underline");
    else if (code >= 30 && code <= 37) colour = code - 30;
    else if (code >= 90 && code <= 97) colour = code - 90;
    else if (code === 39) colour = null;
    else if (code === 38 || code === 48) i += codes[i + 1] === 5 ? 2 : 4;
  }
  return { colour, styles };
}

function classesOf({ colour, styles }) {
  const classes = [...styles].map((style) => `ansi-${style}`);
  return colour === null ? classes : [...classes, `ansi-${colour}`];
}
