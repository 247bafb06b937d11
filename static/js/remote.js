/** The Remote page: connect, choose an environment, start, and watch what is open. */

import { login } from "runicorn/remote_login";
import { setup } from "runicorn/remote_setup";
import { fill, part, show } from "runicorn/remote_parts";
import { ask } from "runicorn/request";
import { toast } from "runicorn/toast";

const EVERY_MS = 3000;

/** @param {HTMLElement} element */
export function start(element) {
  const refresh = () => showSessions(element);
  const next = setup(element, { started: refresh });
  login(element, { connected: next });
  element.addEventListener("click", ({ target }) => {
    const card = target.closest("[data-session]");
    if (card && target.closest("[data-stop]")) stop(card, refresh);
  });
  follow(refresh);
}

/** Ask again and again while the page is looked at. */
async function follow(refresh) {
  if (!document.hidden) await refresh();
  setTimeout(() => follow(refresh), EVERY_MS);
}

async function stop(card, refresh) {
  card.querySelector("[data-stop]").disabled = true;
  try {
    await ask("/api/remote/viewer/stop", { method: "POST", body: { session_id: card.dataset.session } });
    toast("The far viewer has ended.");
  } catch (error) {
    toast(`That did not work: ${error.message}`);
  }
  await refresh();
}

async function showSessions(element) {
  let status;
  try {
    status = await ask("/api/remote/status");
  } catch {
    return; // the viewer is busy or gone; what is shown stays until it answers again
  }
  const sessions = status.viewer_sessions;
  const list = part(element, "sessions").querySelector("[data-list]");
  showFailure(element, list, status.failed_sessions);
  for (const card of [...list.children]) if (!sessions.some(({ session_id }) => session_id === card.dataset.session)) card.remove();
  for (const session of sessions) showSession(element, list, session);
  show(part(element, "sessions"), sessions.length > 0);
}

function showSession(element, list, session) {
  let card = list.querySelector(`[data-session="${CSS.escape(session.session_id)}"]`);
  if (!card) {
    card = element.querySelector('[data-template="session"]').content.firstElementChild.cloneNode(true);
    card.dataset.session = session.session_id;
    list.append(card);
  }
  fill(card, describe(session));
  const open = card.querySelector("[data-open]");
  open.href = session.url;
  show(open, session.isActive);
  const state = part(card, "state");
  state.className = `tag tag--${session.isActive ? "finished" : "running"}`;
  state.textContent = session.isActive ? "running" : session.step;
  show(card.querySelector('[data-text="warning"]'), session.warnings.length > 0);
}

/** What a session's card says. */
export function describe(session) {
  return {
    title: `${session.remote_host}: ${session.remote_root}`,
    detail: `${session.connection_id} · ${session.environment} · Runicorn ${session.runicorn_version ?? "?"} · localhost:${session.local_port}`,
    latency: session.latency_ms === null ? "" : `${Math.round(session.latency_ms)} ms`,
    warning: session.warnings.join(" "),
  };
}

/** Say which of the sessions shown so far has ended by itself. */
function showFailure(element, list, failed) {
  const last = failed.findLast(({ session_id }) => list.querySelector(`[data-session="${CSS.escape(session_id)}"]`));
  if (!last) return;
  const box = part(element, "failure");
  box.textContent = `The viewer on ${last.remote_host} has ended: ${last.error}`;
  show(box, true);
}
