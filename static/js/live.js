/** The page's one socket to the viewer: what changed on disk, told to whoever watches. */

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30000;

/** @typedef {{list?: boolean, runs?: string[], logs?: string}} Interest */

/** @type {Map<object, {interest: Interest, hear: (frame: object) => void}>} */
const watchers = new Map();
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
  });
  socket.addEventListener("message", ({ data }) => {
    const frame = JSON.parse(data);
    for (const { hear } of watchers.values()) hear(frame);
  });
  socket.addEventListener("close", () => {
    socket = null;
    if (!watchers.size) return;
    setTimeout(() => socket ?? connect(), waiting);
    waiting = Math.min(LONGEST_WAIT_MS, waiting * 2);
  });
}

function send() {
  if (socket?.readyState !== WebSocket.OPEN) return;
  socket.send(JSON.stringify(merge([...watchers.values()].map(({ interest }) => interest))));
}
