/** The second and third step of the Remote page: an environment, a storage root, and the start. */

import { busy, fill, part, show } from "runicorn/remote_parts";
import { ask } from "runicorn/request";
import { toast } from "runicorn/toast";

/**
 * @param {HTMLElement} element
 * @param {{started: () => void}} events
 * @returns {(connectionId: string, host: string) => Promise<void>} what to do once connected
 */
export function setup(element, { started }) {
  const state = { connection: "", environment: null, folder: "" };
  const form = part(element, "start");
  const look = (name) => showEnvironments(element, state, name);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(form.querySelector("[data-submit]"), part(element, "start-failure"), () => startViewer(element, state, started));
  });
  form.querySelector("[data-bootstrap]").addEventListener("click", ({ target }) =>
    busy(target, part(element, "start-failure"), () => install(element, state, look)),
  );
  browse(element, state);
  return async (connection) => {
    state.connection = connection;
    await look(null);
  };
}

/** Show the environments as cards, `chosen` or the default one taken. */
async function showEnvironments(element, state, chosen) {
  show(part(element, "environments"), true);
  part(element, "looking").textContent = "looking for Python environments …";
  const list = element.querySelector('[data-list="environments"]');
  list.replaceChildren();
  const { envs } = await ask(`/api/remote/conda-envs?connection_id=${encodeURIComponent(state.connection)}`);
  part(element, "looking").textContent = envs.length ? "" : "No Python was found on this machine.";
  for (const environment of envs) {
    const card = environmentCard(element, environment);
    list.append(card);
    card.querySelector("input").addEventListener("change", () => choose(element, state, environment));
    if (chosen ? environment.name === chosen : environment.is_default) card.querySelector("input").click();
  }
}

function environmentCard(element, environment) {
  const card = element.querySelector('[data-template="environment"]').content.firstElementChild.cloneNode(true);
  const version = environment.runicorn_version;
  fill(card, { ...environment, runicorn: version ? `Runicorn ${version}` : "Runicorn is not installed" });
  return card;
}

/** Take an environment and ask it where the runs are. */
async function choose(element, state, environment) {
  state.environment = environment;
  const form = part(element, "start");
  show(part(element, "setup"), true);
  show(part(element, "missing"), !environment.runicorn_version);
  form.querySelector("[data-submit]").disabled = !environment.runicorn_version;
  fill(form, { install: environment.install_command });
  await busy(form.querySelector("[data-browse]"), part(element, "start-failure"), () => suggestRoot(element, state, environment));
}

async function suggestRoot(element, state, environment) {
  const query = new URLSearchParams({ connection_id: state.connection, conda_env: environment.name });
  const found = await ask(`/api/remote/config?${query}`);
  if (state.environment !== environment) return;
  const form = part(element, "start");
  form.elements.remote_root.value = found.defaultStorageRoot;
  const roots = found.storageRoots.map((root) => Object.assign(document.createElement("option"), { value: root }));
  element.querySelector("#roots").replaceChildren(...roots);
  const note = found.storageRootExists ? "" : `${found.defaultStorageRoot} is not there yet.`;
  part(element, "root-note").textContent = [note, ...found.warnings].filter(Boolean).join(" ");
}

/** Start, and say meanwhile how far it is. */
async function startViewer(element, state, started) {
  const body = {
    connection_id: state.connection,
    remote_root: part(element, "start").elements.remote_root.value,
    conda_env: state.environment.name,
  };
  const progress = part(element, "progress");
  progress.textContent = "starting the far viewer …";
  const timer = setInterval(async () => {
    const { viewer_sessions: sessions } = await ask("/api/remote/status");
    const own = sessions.findLast(({ connection_id, status }) => connection_id === state.connection && status === "connecting");
    if (own && progress.textContent) progress.textContent = `${own.step} …`;
  }, 1500);
  try {
    const { session } = await ask("/api/remote/viewer/start", { method: "POST", body });
    toast(`${session.remote_host} is ready.`, { label: "Open", run: () => window.open(session.url, "_blank", "noopener"), seconds: 20 });
    started();
  } finally {
    clearInterval(timer);
    progress.textContent = "";
  }
}

async function install(element, state, look) {
  const progress = part(element, "progress");
  progress.textContent = "installing; this may take some minutes …";
  try {
    const body = { connection_id: state.connection, conda_env: state.environment.name };
    const { environment, message } = await ask("/api/remote/bootstrap", { method: "POST", body });
    toast(message);
    await look(environment.name);
  } finally {
    progress.textContent = "";
  }
}

/** The dialog that walks through far folders. */
function browse(element, state) {
  const dialog = element.querySelector("#browse");
  const root = part(element, "start").elements.remote_root;
  element.querySelector("[data-browse]").addEventListener("click", async () => {
    dialog.showModal();
    await showFolder(dialog, state, "~");
  });
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.querySelector("[data-choose]").addEventListener("click", () => {
    root.value = state.folder;
    dialog.close();
  });
  dialog.addEventListener("click", ({ target }) => {
    const folder = target.closest("[data-folder]");
    if (folder) showFolder(dialog, state, folder.dataset.folder);
  });
}

async function showFolder(dialog, state, path) {
  const query = new URLSearchParams({ connection_id: state.connection, path });
  try {
    const { path: here, items } = await ask(`/api/remote/fs/list?${query}`);
    state.folder = here;
    part(dialog, "browse-path").textContent = here;
    const up = here === "/" ? [] : [["..", parentOf(here)]];
    const below = items.filter((item) => item.is_dir).map(({ name }) => [name, `${here.replace(/\/$/, "")}/${name}`]);
    dialog.querySelector("[data-list]").replaceChildren(...[...up, ...below].map(([name, folder]) => folderItem(name, folder)));
  } catch (error) {
    toast(error.message);
  }
}

function folderItem(name, folder) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button button--link", textContent: name });
  button.dataset.folder = folder;
  const item = document.createElement("li");
  item.append(button);
  return item;
}

/** The folder above. @param {string} path absolute */
export function parentOf(path) {
  return path.replace(/\/+$/, "").replace(/\/[^/]*$/, "") || "/";
}
