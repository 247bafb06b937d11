/** Questions to the viewer, paced so that no amount of clicking is refused for its rate. */

const BURST = 25;
const PER_SECOND = 0.8;

/** An answer that is no success; `detail` is the server's sentence, or what it sent in place of one. */
export class Refused extends Error {
  constructor(status, detail) {
    super(typeof detail === "string" ? detail : `The viewer answered ${status}.`);
    this.name = "Refused";
    this.status = status;
    this.detail = detail;
  }
}

/** A bucket of `burst` tokens that gains `perSecond` again: tells how long to wait before the next call. */
export class Pace {
  constructor(burst = BURST, perSecond = PER_SECOND) {
    this.burst = burst;
    this.perSecond = perSecond;
    this.tokens = burst;
    this.at = 0;
  }

  /** Take a token. @param {number} now ms @returns {number} ms to wait before calling */
  take(now) {
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.at) / 1000) * this.perSecond);
    this.at = now;
    this.tokens -= 1;
    return this.tokens >= 0 ? 0 : (-this.tokens / this.perSecond) * 1000;
  }
}

const paces = new Map();

/**
 * Ask the viewer and return its JSON. Throws Refused; a 429 is waited out and asked again.
 * @param {string} address
 * @param {{method?: string, body?: unknown}} [options]
 */
export async function ask(address, { method = "GET", body } = {}) {
  const route = address.split("?")[0];
  if (!paces.has(route)) paces.set(route, new Pace());
  await wait(paces.get(route).take(performance.now()));
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  const answer = await fetch(address, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  if (answer.status === 429) {
    await wait(1000 * (Number(answer.headers.get("Retry-After")) || 5));
    return ask(address, { method, body });
  }
  if (!answer.ok) throw new Refused(answer.status, await detailOf(answer));
  return answer.json();
}

async function detailOf(answer) {
  try {
    return (await answer.json()).detail;
  } catch {
    return undefined;
  }
}

function wait(milliseconds) {
  return milliseconds > 0 ? new Promise((resolve) => setTimeout(resolve, milliseconds)) : undefined;
}
