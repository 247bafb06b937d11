/** Small steps the Remote page's modules share. */

/** @param {HTMLElement} element @param {string} name */
export function part(element, name) {
  return element.querySelector(`[data-part="${name}"]`);
}

/** Show an element, or not. */
export function show(element, yes) {
  element.hidden = !yes;
}

/** Put texts into the places of `element` that carry their names. @param {Record<string, string>} texts */
export function fill(element, texts) {
  for (const [name, text] of Object.entries(texts)) {
    for (const place of element.querySelectorAll(`[data-text="${name}"]`)) place.textContent = text;
  }
}

/** Run `work` with the form's button off; what fails is said in `box`. @returns {Promise<void>} */
export async function busy(button, box, work) {
  button.disabled = true;
  show(box, false);
  try {
    await work();
  } catch (error) {
    box.textContent = error.message;
    show(box, true);
  } finally {
    button.disabled = false;
  }
}
