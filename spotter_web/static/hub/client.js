// A tab's end of the hub that all tabs of a browser share (hub.js): asks, hears, and joins the next
// hub when one is no more.
//
// In a browser without shared workers one of the tabs is the hub for all (channel.js); where there
// are no locks either, as over plain HTTP from another machine, each tab is its own.

import { tell as tellNews } from "../api.js";
import { hasLocks, hold, newName, whenGone } from "./locks.js";

/** A page of another version must not speak with the worker of this one. */
const VERSION = "seda-1";
/** A hub says something at least every few seconds, while it is asked to listen. */
const SILENT_MS = 16_000;

/** The lock that this tab has for as long as it lives. */
export const tabName = newName("tab");
const listeners = { event: new Set(), answer: new Set() };
/** What the next hub has to be told. */
let listening = null;
let wanted = null;
let port = null;
/** The port's hub has been told everything up to now. */
let hasJoined = false;
let heard_ms = 0;
let hubLock = null;

const isAlive = hold(tabName);
connect();
setInterval(() => listening && performance.now() - heard_ms > SILENT_MS && connect(), 1_000);
addEventListener("pagehide", () => post({ does: "bye" }));
addEventListener("pageshow", (event) => event.persisted && connect());

/** Hear every event of the stream: `listener(name, data)`. */
export function onEvent(listener) {
  listeners.event.add(listener);
}

/** Hear what becomes of a want. */
export function onAnswer(listener, signal) {
  listeners.answer.add(listener);
  signal?.addEventListener("abort", () => listeners.answer.delete(listener));
}

/** Hear the stream as this page; one that watches is thereby on watch, one that reviews is not. */
export function listen(page, isWatching, isReviewing = false) {
  post((listening = { does: "listen", page, isWatching, isReviewing }));
}

/** The person is not here: nothing is heard, wanted or held. */
export function hush() {
  listening = wanted = null;
  post({ does: "hush" });
}

/** Ask for one frame more: `want` is the page, how many frames it holds, and the query. */
export function want(one) {
  post((wanted = { does: "want", want: one }));
}

/** Say that what was asked for is needed more or less by now. */
export function change(one) {
  if (!wanted) return;
  wanted.want = one;
  post({ does: "change", want: one });
}

/** Ask for nothing any more. */
export function rest() {
  wanted = null;
  post({ does: "rest" });
}

/** Try again now, where the stream is down. */
export function hurry() {
  post({ does: "hurry" });
}

function post(message) {
  if (hasJoined) port.postMessage(message);
}

function connect() {
  heard_ms = performance.now();
  port?.postMessage({ does: "bye" });
  port = null;
  hasJoined = false;
  if ("SharedWorker" in self) return use(sharedPort());
  const name = hasLocks ? "channelPort" : "ownPort";
  import("./channel.js").then((channel) => use(channel[name]()));
}

function sharedPort() {
  const worker = new SharedWorker("/hub/worker.js", { type: "module", name: VERSION });
  worker.onerror = () => import("./channel.js").then((channel) => use(channel.ownPort()));
  return worker.port;
}

/** Speak by this port from now on, and say all that the one before was told. */
function use(next) {
  port = next;
  hasJoined = false;
  port.onmessage = ({ data }) => port === next && take(data);
  port.onclose = () => port === next && connect();
  isAlive.then(() => {
    if (port !== next) return;
    hasJoined = true;
    post({ does: "live", name: tabName });
    for (const message of [listening, wanted]) if (message) post(message);
  });
}

function take({ hello, event, data, news, answer }) {
  heard_ms = performance.now();
  if (hello) return follow(hello);
  if (news) tellNews(news);
  if (answer?.blob || answer?.yields) wanted = null;
  if (event) for (const listener of listeners.event) listener(event, data);
  if (answer) for (const listener of [...listeners.answer]) listener(answer);
}

/** Hear when the hub is no more: its lock is free then. */
function follow(hub) {
  hubLock?.abort();
  hubLock = new AbortController();
  const mine = port;
  whenGone(hub, hubLock.signal, () => port === mine && connect());
}
