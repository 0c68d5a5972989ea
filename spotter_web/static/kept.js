// Decisions on their way: kept in this browser until the server has recorded them.
//
// Written down before they are sent, under their lease, so that neither a lost connection nor a
// reload, a crash or a sign-out loses one; the server takes the same verdict on the same lease
// twice as once. They are sent in the order in which they were made, only in their person's name, and
// by the tab in which they were made; when that is no more, by one of the others.

import { Lost, Refused, segment, send } from "./api.js";
import { tabName } from "./hub/client.js";
import { hasLocks, whenGone } from "./hub/locks.js";

const PREFIX = "seda.kept.";
const RETRY_LEAST_MS = 500;
const RETRY_MOST_MS = 5_000;
/** What a server that is in trouble says; everything else is its last word. */
const PASSING = new Set([401, 408, 429, 500, 502, 503, 504]);

const listeners = new Set();
const waiting = new Map();
/** The tabs after whose end this one takes over what they left. */
const followed = new Set();
let person = "";
let isSending = false;
let retryTimer = 0;
let retry_ms = RETRY_LEAST_MS;

/** Hear whenever the number of kept decisions changes, or whether they are held up. */
export function onKept(listener, signal) {
  listeners.add(listener);
  signal?.addEventListener("abort", () => listeners.delete(listener));
}

/** How many decisions of this person wait to be sent. */
export function count() {
  return waiting.size;
}

/** How many of them were sent in vain, more than once, and wait for the next try. */
export function countHeldUp() {
  return retry_ms > RETRY_LEAST_MS * 2 ? waiting.size : 0;
}

/** Say who is signed in, take over what they left here, and send it. */
export function begin(name) {
  person = name;
  waiting.clear();
  for (const entry of stored()) takeIn(entry);
  changed();
  flush();
}

// Another tab has written something down.
addEventListener("storage", ({ key, newValue }) => key?.startsWith(PREFIX) && newValue && hasLocks && takeIn(JSON.parse(newValue)));

/** Have a decision sent: here, or by the tab that it belongs to for as long as that is there. */
function takeIn(entry) {
  const { owner } = entry;
  if (entry.person !== person) return;
  if (!owner || owner === tabName || !hasLocks) return waiting.set(entry.lease_id, { entry, answers: [] });
  if (followed.has(owner)) return;
  followed.add(owner);
  whenGone(owner, null, () => inherit(owner));
}

/** Only one tab is called at a time, so that each decision gets one new owner. */
function inherit(owner) {
  followed.delete(owner);
  const left = stored().filter((entry) => entry.owner === owner && entry.person === person);
  for (const entry of left) {
    entry.owner = tabName;
    store(entry);
    takeIn(entry);
  }
  changed();
  flush();
}

/** Nobody is signed in: keep everything, send nothing. */
export function pause() {
  person = "";
}

/** Keep a verdict and send it; gives what was recorded, or a Refused. */
export function decide(facts, verdict, note) {
  const entry = {
    person,
    owner: tabName,
    lease_id: facts.lease_id,
    frame_id: facts.frame_id,
    lease: facts.lease,
    camera: facts.camera,
    verdict,
    note,
    order: Date.now() + waiting.size / 1000,
  };
  store(entry);
  return new Promise((resolve, reject) => {
    waiting.set(entry.lease_id, { entry, answers: [{ resolve, reject }] });
    changed();
    flush();
  });
}

/** Take a verdict back that was not sent yet; whether there was one. */
export function takeBack(lease_id) {
  const item = waiting.get(lease_id);
  if (!item || item.isOnItsWay) return false;
  forget(lease_id);
  return true;
}

/** The leases whose verdicts are still on their way. */
export function leases() {
  return [...waiting.keys()];
}

/** Send what waits, one after the other. */
export async function flush() {
  if (isSending || !person) return;
  clearTimeout(retryTimer);
  isSending = true;
  try {
    for (let item = first(); item && person; item = first()) await deliver(item);
    retry_ms = RETRY_LEAST_MS;
    changed();
  } catch (error) {
    const wait_ms = Math.max(retry_ms, (error.retryAfter_s ?? 0) * 1000);
    retryTimer = setTimeout(flush, wait_ms);
    retry_ms = Math.min(retry_ms * 2, RETRY_MOST_MS);
    changed();
  } finally {
    isSending = false;
  }
}

function first() {
  return waiting.values().next().value;
}

async function deliver(item) {
  const { lease_id, frame_id, lease, verdict, note } = item.entry;
  item.isOnItsWay = true;
  try {
    const recorded = await send("POST", `frames/${segment(frame_id)}/verdict`, { lease, verdict, note });
    forget(lease_id);
    for (const answer of item.answers) answer.resolve(recorded);
  } catch (error) {
    if (error instanceof Lost || (error instanceof Refused && PASSING.has(error.status))) throw error;
    forget(lease_id);
    if (item.answers.length === 0) for (const listener of listeners) listener(waiting.size, { camera: item.entry.camera, why: error.message });
    for (const answer of item.answers) answer.reject(error);
  } finally {
    item.isOnItsWay = false;
  }
}

function forget(lease_id) {
  waiting.delete(lease_id);
  try {
    localStorage.removeItem(PREFIX + lease_id);
  } catch {
    // There is no storage, so nothing lies in it.
  }
  changed();
}

function store(entry) {
  try {
    localStorage.setItem(PREFIX + entry.lease_id, JSON.stringify(entry));
  } catch {
    // Full or forbidden: what is in memory is sent all the same.
  }
}

function stored() {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
    const entries = names.map((name) => JSON.parse(localStorage.getItem(name)));
    return entries.sort((one, other) => one.order - other.order);
  } catch {
    return [];
  }
}

function changed() {
  for (const listener of listeners) listener(waiting.size);
}
