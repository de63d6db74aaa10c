// Talking with the server: JSON in, JSON out, no cookie, no referrer, nothing cached.

const TIMEOUT = 20_000;
/** Long enough for a lift or a tunnel, short enough not to leave someone waiting. */
const PAUSES = [400, 1_200];

/** The server said no; `word` is the error of the protocol. */
export class Refused extends Error {
  constructor(word) {
    super(word);
    this.word = word;
  }
}

/** No answer: no connection, or a server that is out of order. */
export class Unreachable extends Error {
  constructor(isServer) {
    super(isServer ? "the server is out of order" : "no connection");
    this.isServer = isServer;
  }
}

const wait = (duration) => new Promise((resolve) => setTimeout(resolve, duration));

/** A function (method, path, body) → reply; every request may be repeated without harm. */
export function connect(base) {
  return async function call(method, path, body) {
    for (const pause of PAUSES) {
      try {
        return await once(base, method, path, body);
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
      }
      await wait(pause);
    }
    return once(base, method, path, body);
  };
}

async function once(base, method, path, body) {
  const options = {
    method,
    credentials: "omit",
    referrerPolicy: "no-referrer",
    cache: "no-store",
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT),
  };
  if (body !== undefined) {
    Object.assign(options, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  }
  let response, reply;
  try {
    response = await fetch(base + path, options);
    reply = path.endsWith(".jsonl") ? await response.text() : await response.json();
  } catch {
    throw new Unreachable(response !== undefined && response.status >= 500);
  }
  if (response.ok) return reply;
  if (response.status >= 500) throw new Unreachable(true);
  throw new Refused(typeof reply?.error === "string" ? reply.error : "malformed");
}
