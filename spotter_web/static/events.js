// What the server tells as it happens: who listens to what. The stream itself is the hub's, one for
// all tabs of a browser (hub/stream.js).
//
// The stream of a page that watches is its person's presence: a page that is hidden or left is taken
// out of it, and its leases go back at once.

import { setNow } from "./clock.js";
import { onEvent } from "./hub/client.js";

export { hurry, hush, listen } from "./hub/client.js";

const listeners = new Map();

/** Hear an event by name, or "heard" and "silent", until the signal. */
export function on(name, listener, signal) {
  if (!listeners.has(name)) listeners.set(name, new Set());
  listeners.get(name).add(listener);
  signal?.addEventListener("abort", () => listeners.get(name).delete(listener));
}

onEvent((name, data) => {
  if (name === "now") setNow(Number(data?.now_s ?? data));
  for (const listener of [...(listeners.get(name) ?? [])]) listener(data);
});
