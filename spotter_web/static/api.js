// Requests to /api/v1. Says `Lost` where nobody answered and `Refused` where the answer was no.

/** Nobody answered: the network, or the server, is away. */
export class Lost extends Error {}

/** The server said no, and why. */
export class Refused extends Error {
  constructor(status, words, retryAfter_s = 0) {
    super(words);
    this.status = status;
    this.retryAfter_s = retryAfter_s;
  }
}

const ANSWER_MS = 20_000;
const listeners = new Set();

/** Hear of what every request tells: "lost", "heard" or "signed_out". */
export function onNews(listener) {
  listeners.add(listener);
}

/** Tell it what a request told, also one that somebody else made for this page. */
export function tell(news) {
  for (const listener of listeners) listener(news);
}

/** Ask, and give the response once it is a good one. */
export async function ask(method, path, { body, type = "application/json", signal, limit_ms = ANSWER_MS, isQuiet = false } = {}) {
  const limit = AbortSignal.timeout(limit_ms);
  const init = { method, signal: signal ? AbortSignal.any([signal, limit]) : limit };
  if (method !== "GET") init.headers = { "Content-Type": type };
  if (body !== undefined) init.body = type === "application/json" ? JSON.stringify(body) : body;
  let answer;
  try {
    answer = await fetch(path.startsWith("/") ? path : `/api/v1/${path}`, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    tell("lost");
    throw new Lost(String(error));
  }
  tell("heard");
  if (answer.ok) return answer;
  if (answer.status === 401 && !isQuiet) tell("signed_out");
  throw new Refused(answer.status, await whyNot(answer), Number(answer.headers.get("Retry-After")) || 0);
}

async function whyNot(answer) {
  try {
    return (await answer.json()).error ?? "";
  } catch {
    return "";
  }
}

export async function getJson(path, options) {
  return (await ask("GET", path, options)).json();
}

export async function send(method, path, body, options = {}) {
  const answer = await ask(method, path, { ...options, body });
  return answer.status === 204 ? null : answer.json();
}

/** A picture and what its answer's headers say. */
export async function getPicture(path, options) {
  const answer = await ask("GET", path, options);
  return { blob: await answer.blob(), headers: answer.headers };
}

/** A query out of what is not empty. */
export function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

/** A name as one segment of a path. */
export const segment = encodeURIComponent;
