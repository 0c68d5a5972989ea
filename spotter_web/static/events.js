// One event stream of a page: who listens to what, and whether the server is still heard.
//
// The stream of a page that watches is its person's presence: it is closed when the page is hidden
// or left, and the leases go back at once.

import { setNow } from "./clock.js";
import { query } from "./api.js";

/** The server says `now` every few seconds; after so long without a word it is not heard. */
const SILENT_MS = 12_000;
const RETRY_LEAST_MS = 500;
const RETRY_MOST_MS = 8_000;
const NAMES = ["tile", "waiting", "alarm", "unheld", "watch", "trouble", "signed_out", "now", "again"];

const listeners = new Map();
let source = null;
let wanted = null;
let retry_ms = RETRY_LEAST_MS;
let heard_ms = 0;
let retryTimer = 0;

/** Hear an event by name, or "heard" and "silent", until the signal. */
export function on(name, listener, signal) {
  if (!listeners.has(name)) listeners.set(name, new Set());
  listeners.get(name).add(listener);
  signal?.addEventListener("abort", () => listeners.get(name).delete(listener));
}

function tell(name, data) {
  for (const listener of [...(listeners.get(name) ?? [])]) listener(data);
}

/** Open the stream of a page, in the place of the one before. */
export function listen(page, isWatching) {
  wanted = { page, isWatching };
  connect();
}

/** Close it: the person is not here. */
export function hush() {
  wanted = null;
  clearTimeout(retryTimer);
  source?.close();
  source = null;
}

// A page that is left may be kept for the way back, with its stream: a browser has six connections.
addEventListener("pagehide", () => { clearTimeout(retryTimer); source?.close(); source = null; });
addEventListener("pageshow", (event) => event.persisted && wanted && connect());

/** Try again now, where the stream is down. */
export function hurry() {
  if (wanted && source?.readyState !== EventSource.OPEN) connect();
}

/** Open a stream; one that is renewed stays until the new one is there, so that nobody seems gone. */
function connect(before = null) {
  clearTimeout(retryTimer);
  if (!before) source?.close();
  const mine = (source = new EventSource(`/api/v1/events${query({ page: wanted.page, is_watching: wanted.isWatching })}`));
  heard_ms = performance.now();
  mine.onopen = () => {
    before?.close();
    retry_ms = RETRY_LEAST_MS;
    noteHeard();
  };
  mine.onerror = () => {
    before?.close();
    if (mine !== source) return mine.close();
    tell("silent");
    mine.close();
    // Not all at once after a restart of the server.
    retryTimer = setTimeout(() => wanted && connect(), retry_ms * (0.5 + Math.random()));
    retry_ms = Math.min(retry_ms * 2, RETRY_MOST_MS);
  };
  for (const name of NAMES) {
    mine.addEventListener(name, (event) => {
      if (mine !== source) return;
      noteHeard();
      if (name === "again") return connect(mine);
      const data = understand(event.data);
      if (name === "now") setNow(Number(data?.now_s ?? data));
      tell(name, data);
    });
  }
}

function noteHeard() {
  heard_ms = performance.now();
  tell("heard");
}

function understand(data) {
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

setInterval(() => {
  if (!source || performance.now() - heard_ms < SILENT_MS) return;
  tell("silent");
  connect();
}, 1000);

