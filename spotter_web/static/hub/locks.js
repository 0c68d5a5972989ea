// Locks as signs of life: a tab or a worker has one for as long as it lives, however it ends.
//
// Browsers have them where the connection is a secure one (HTTPS, or this machine itself).

export const hasLocks = Boolean(navigator.locks);

/** A name that nobody else has. */
export function newName(kind) {
  return `${kind}-${crypto.getRandomValues(new Uint32Array(3)).join("-")}`;
}

/** Have a lock from now on; resolves once that is so. */
export function hold(name) {
  if (!hasLocks) return Promise.resolve();
  return new Promise((resolve) => navigator.locks.request(name, () => (resolve(), new Promise(() => {}))));
}

/** Call back when whoever has a lock is no more. */
export function whenGone(name, signal, gone) {
  if (hasLocks) navigator.locks.request(name, signal ? { signal } : {}, gone).catch(() => {});
}
