/** Short messages at the foot of the page, perhaps with one thing to do. */

/**
 * @param {string} message
 * @param {{label?: string, run?: () => void, seconds?: number}} [action]
 */
export function toast(message, { label, run, seconds = 8 } = {}) {
  const box = document.createElement("div");
  box.className = "toast";
  box.setAttribute("role", "status");
  box.append(message);
  const close = () => box.remove();
  if (label) {
    const button = document.createElement("button");
    button.className = "button";
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => { close(); run(); });
    box.append(button);
  }
  shelf().append(box);
  setTimeout(close, seconds * 1000);
}

function shelf() {
  const found = document.querySelector(".toasts");
  if (found) return found;
  const made = document.createElement("div");
  made.className = "toasts";
  document.body.append(made);
  return made;
}
