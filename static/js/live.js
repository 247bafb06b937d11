/** The page's one socket to the viewer: what changed on disk, told to whoever watches. */

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30000;

/** @typedef {{list?: boolean, runs?: string[], logs?: string}} Interest */

/** @type {Map<object, {interest: Interest, hear: (frame: object) => void}>} */
const watchers = new Map();
/** @type {Map<number, {resolve: (frame: object) => void, reject: (error: Error) => void}>} */
const questions = new Map();
let asked = 0;
let socket = null;
let waiting = FIRST_WAIT_MS;

/**
 * Hear of changes; see docs/http-api.md, "Live". Does nothing in a report, which has no viewer behind it.
 * @param {Interest} interest
 * @param {(frame: object) => void} hear
 * @returns {() => void} call it to stop
 */
export function watch(interest, hear) {
  if (!document.body.hasAttribute("data-live")) return () => {};
  const key = {};
  watchers.set(key, { interest, hear });
  if (socket === null) connect();
  else send();
  return () => {
    watchers.delete(key);
    send();
  };
}

/**
 * Ask over the socket, which costs no rate limit. Null when it is not open: then ask by HTTP.
 * @param {object} frame
 * @returns {Promise<object> | null}
 */
export function askLive(frame) {
  if (socket?.readyState !== WebSocket.OPEN) return null;
  asked += 1;
  const answer = new Promise((resolve, reject) => questions.set(asked, { resolve, reject }));
  socket.send(JSON.stringify({ ...frame, id: asked }));
  return answer;
}

/** @param {Interest[]} interests @returns {object} the one frame that asks for all of them */
export function merge(interests) {
  return {
    type: "watch",
    list: interests.some((interest) => interest.list),
    runs: [...new Set(interests.flatMap((interest) => interest.runs ?? []))],
    logs: interests.find((interest) => interest.logs)?.logs ?? null,
  };
}

function connect() {
  socket = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}/api/live`);
  socket.addEventListener("open", () => {
    waiting = FIRST_WAIT_MS;
    send();
    catchUp();
  });
  socket.addEventListener("message", ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.id !== undefined && frame.id !== null) {
      settle(frame);
      return;
    }
    for (const { hear } of watchers.values()) hear(frame);
  });
  socket.addEventListener("close", () => {
    socket = null;
    for (const { reject } of questions.values()) reject(new Error("The viewer is gone."));
    questions.clear();
    if (!watchers.size) return;
    setTimeout(() => socket ?? connect(), waiting);
    waiting = Math.min(LONGEST_WAIT_MS, waiting * 2);
  });
}

/** A run may have come or gone between the making of the page and the opening of the socket. */
function catchUp() {
  for (const { interest, hear } of watchers.values()) if (interest.list) hear({ type: "list" });
}

function settle(frame) {
  const question = questions.get(frame.id);
  questions.delete(frame.id);
  if (frame.type === "error") question?.reject(new Error(frame.detail));
  else question?.resolve(frame);
}

function send() {
  if (socket?.readyState !== WebSocket.OPEN) return;
  socket.send(JSON.stringify(merge([...watchers.values()].map(({ interest }) => interest))));
}
