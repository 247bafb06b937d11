/** The first step of the Remote page: a host, a login, and its host key. */

import { busy, fill, part, show } from "runicorn/remote_parts";
import { ask, Refused } from "runicorn/request";
import { toast } from "runicorn/toast";

const CHANGED =
  "The key of this machine is NOT the one on record. Somebody may be listening in between. Nothing was sent. If its owner confirms the new key, remove the old one from known_hosts first.";
const REVOKED = "The key of this machine was revoked. Nothing was sent.";
const UNKNOWN = "It was never seen before. Compare the fingerprint with what its owner tells you.";

/** @param {HTMLElement} element @param {{connected: (connectionId: string, host: string) => Promise<void>}} events */
export function login(element, { connected }) {
  const form = part(element, "login");
  const showFields = () => chooseFields(form, form.elements.method.value);
  form.elements.method.addEventListener("change", showFields);
  showFields();
  part(element, "connect").addEventListener("click", ({ target }) => {
    const host = target.closest("[data-host]");
    if (host) take(form, host.dataset);
    const forgotten = target.closest("[data-forget]");
    if (forgotten) forget(forgotten);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(form.querySelector("[data-submit]"), part(element, "login-failure"), async () => {
      const body = bodyOf(form);
      const answer = await connect(element, body);
      if (!answer) return;
      fill(element, { host: answer.host });
      part(element, "connected").textContent = `${answer.connection_id} is open`;
      await save(form, body);
      await connected(answer.connection_id, answer.host);
    });
  });
}

/** Connect; an unknown key is shown, and after a yes accepted and tried again. */
async function connect(element, body) {
  try {
    return await ask("/api/remote/connect", { method: "POST", body });
  } catch (error) {
    const key = error instanceof Refused && error.detail?.host_key;
    if (!key) throw error;
    if (!(await trusts(document.getElementById("host-key"), key))) return null;
    const { host, port, key_type, public_key, fingerprint_sha256 } = key;
    await ask("/api/remote/known-hosts/accept", { method: "POST", body: { host, port, key_type, public_key, fingerprint_sha256 } });
    return connect(element, body);
  }
}

/** Show a host key and say whether the person trusts it. Only an unknown one can be trusted. */
function trusts(dialog, key) {
  const unknown = key.reason === "unknown";
  fill(dialog, { expected_fingerprint_sha256: "", ...key });
  dialog.querySelector("h2").textContent = unknown ? "Is this the machine you mean?" : "Stop: this may be another machine";
  part(dialog, "host-key-text").textContent = unknown ? UNKNOWN : key.reason === "changed" ? CHANGED : REVOKED;
  for (const place of dialog.querySelectorAll('[data-part="expected"]')) show(place, key.reason === "changed");
  show(part(dialog, "accept"), unknown);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

/** @param {HTMLFormElement} form @param {string} method */
function chooseFields(form, method) {
  for (const field of form.querySelectorAll("[data-for]")) show(field, field.dataset.for.split(" ").includes(method));
}

/** Take what is known of a host into the form. */
function take(form, { host, port, username, method, key, saved }) {
  Object.assign(form.elements.host, { value: host });
  form.elements.port.value = port;
  form.elements.username.value = username;
  form.elements.method.value = method;
  form.elements.private_key_path.value = key;
  form.dataset.saved = saved;
  chooseFields(form, method);
  form.elements[username ? "password" : "username"].focus();
}

/** What the form asks for; only the fields of the chosen way to log in count. */
export function bodyOf(form) {
  const { host, port, username, method, password, private_key_path, private_key, passphrase, code } = form.elements;
  const given = {
    password: { password: password.value || null },
    key: { private_key_path: private_key_path.value, passphrase: passphrase.value || null },
    text: { private_key: private_key.value, passphrase: passphrase.value || null },
    agent: { passphrase: passphrase.value || null },
  }[method.value];
  const saved = form.dataset.saved && !given.password ? { saved: form.dataset.saved } : {};
  return {
    host: host.value.trim(),
    port: Number(port.value) || 22,
    username: username.value.trim(),
    use_agent: method.value === "agent",
    answers: code.value ? [code.value] : [],
    ...given,
    ...saved,
  };
}

async function save(form, body) {
  if (!form.elements.save.checked) return;
  const method = form.elements.method.value;
  const answer = await ask("/api/config/ssh_connections", {
    method: "POST",
    body: { ...body, auth_method: method === "text" ? "key" : method, remember_password: form.elements.remember.checked },
  });
  if (!answer.secrets_saved) toast("The host is saved, the password is not: there is no keyring.");
}

async function forget(button) {
  await ask(`/api/config/ssh_connections/${encodeURIComponent(button.dataset.forget)}`, { method: "DELETE" });
  button.closest("li").remove();
}
