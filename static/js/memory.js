/** What this browser remembers between pages. Works, forgetfully, where storage is blocked. */

/**
 * @template T
 * @param {string} key
 * @param {T} usual what to return when nothing is remembered
 * @returns {T}
 */
export function recall(key, usual) {
  try {
    const text = localStorage.getItem(`runicorn.${key}`);
    return text === null ? usual : JSON.parse(text);
  } catch {
    return usual;
  }
}

/** @param {string} key @param {unknown} value */
export function remember(key, value) {
  try {
    localStorage.setItem(`runicorn.${key}`, JSON.stringify(value));
  } catch {
    // Storage is full or blocked: the choice lasts as long as the page.
  }
}
