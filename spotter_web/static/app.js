// The frame around the pages: who is signed in, which page is shown, whether the server is heard.
//
// A page is a module with `mount(main, context, signal)`; when the signal says so it has ended. No
// page's own affair belongs here.

import { Lost, Refused, getJson, onNews, send } from "./api.js";
import { setNow } from "./clock.js";
import { dress, h, put } from "./dom.js";
import * as events from "./events.js";
import * as kept from "./kept.js";
import { bind, showKeys } from "./keys.js";
import * as notices from "./notices.js";
import { drawBar, markPage, showLink } from "./shell.js";
import { t } from "./text.js";

const RANK = { spotter: 0, supervisor: 1, admin: 2 };
const PAGES = [
  { name: "watch", path: "/", load: () => import("./watch/watch.js"), isWatching: true },
  { name: "wall", path: "/wall", load: () => import("./wall.js") },
  { name: "history", path: "/history", load: () => import("./history.js") },
  { name: "alarms", path: "/alarms", load: () => import("./alarms.js") },
  { name: "on-watch", path: "/on-watch", load: () => import("./on-watch.js") },
  { name: "session", path: "/session", load: () => import("./session.js") },
  { name: "review", path: "/review", load: () => import("./watch/review.js") },
  { name: "test-frames", path: "/test-frames", load: () => import("./test-frames.js"), least: "supervisor" },
  { name: "system", path: "/system", load: () => import("./system.js"), least: "supervisor" },
  { name: "people", path: "/people", load: () => import("./people.js"), least: "admin" },
];
/** A connection that is away for less is not worth a word. */
const LOST_AFTER_MS = 1_000;
const ASK_AGAIN_MS = 2_000;

const main = document.getElementById("page");
let session = null;
let shown = null;
let lostTimer = 0;
let isLost = false;
/** What is heard on a stream that stays open says nothing about requests that nobody answers. */
let isUnanswered = false;
let keptMost = 0;
let pageKeys = null;
let isIncomplete = false;

notices.install();
start();

async function start() {
  onNews(hear);
  events.on("silent", noteSilent);
  events.on("heard", () => isUnanswered || noteBack());
  events.on("signed_out", () => check());
  kept.onKept(noteKept);
  addEventListener("popstate", route);
  document.addEventListener("click", follow);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && session && check());
  addEventListener("online", () => { events.hurry(); kept.flush(); });
  if (location.hash.startsWith("#link=")) return showSignIn("link");
  const first = await answerOf(window.seda.early.session);
  window.seda.early.session = null;
  if (first) enter(first);
}

async function answerOf(early) {
  for (let asked = early; ; asked = null) {
    try {
      const answer = await (asked ?? fetch("/api/v1/session"));
      if (answer.ok) return await answer.json();
      if (answer.status === 401) return showSignIn("");
    } catch {
      // Nobody answered; asked again below.
    }
    hear("lost");
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

function enter(found) {
  session = found;
  setNow(session.now_s);
  kept.begin(session.name);
  const mine = PAGES.filter((page) => RANK[session.role] >= RANK[page.least ?? "spotter"]);
  drawBar(session, mine, { signOut });
  bindKeys(mine);
  hear("heard");
  route();
  // After the first frame, because nothing about it is needed to decide.
  import("./alert.js").then((alert) => session && alert.begin(session.name));
}

function bindKeys(pages) {
  pageKeys?.abort();
  pageKeys = new AbortController();
  // A digit each; who has more pages than digits reaches the last ones by the menu.
  const all = pages.slice(0, 9).map((page, index) => ({
    key: String(index + 1),
    says: t("nav.go", { page: t(`page.${page.name}`) }),
    press: () => go(page.path),
  }));
  bind([...all, { key: "?", says: t("keys.all"), press: showKeys }], pageKeys.signal);
}

/** Ask who is signed in: somebody else may be by now, in another tab. */
async function check() {
  try {
    const found = await getJson("session");
    setNow(found.now_s);
    if (session && (found.name !== session.name || found.role !== session.role)) location.reload();
  } catch (error) {
    if (!(error instanceof Lost || error instanceof Refused)) throw error;
  }
}

function hear(news) {
  if (news === "signed_out") return session && showSignIn("ended");
  const wasUnanswered = isUnanswered;
  isUnanswered = news === "lost";
  if (!isUnanswered) return noteBack();
  noteSilent();
  if (!wasUnanswered) askUntilAnswered();
}

/** Not every page asks by itself. */
async function askUntilAnswered() {
  while (isUnanswered && session) {
    await check();
    if (isUnanswered) await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

function noteSilent() {
  if (!lostTimer && !isLost) lostTimer = setTimeout(noteLost, LOST_AFTER_MS);
}

function noteLost() {
  isLost = true;
  showLink(false);
  noteKept(kept.count());
}

function noteBack() {
  clearTimeout(lostTimer);
  lostTimer = 0;
  if (!isLost) return;
  isLost = false;
  if (isIncomplete) return location.reload();
  showLink(true);
  noteKept(kept.count());
  if (!kept.count()) notices.say(t("lost.back"), { kind: "good" });
  kept.flush();
  events.hurry();
}

function noteKept(count, refused) {
  if (refused) notices.say(t("kept.refused", refused), { kind: "bad", shown_ms: 15_000 });
  if (!isLost && keptMost && !count) {
    notices.say(t("kept.sent", { count: keptMost }), { kind: "good" });
    keptMost = 0;
  }
  const heldUp = isLost ? count : kept.countHeldUp();
  keptMost = Math.max(keptMost, heldUp);
  if (isLost) notices.keep("lost", count ? t("lost.bar.kept", { count }) : t("lost.bar"));
  else if (heldUp) notices.keep("lost", t("kept.held-up", { count: heldUp }));
  else notices.drop("lost");
}

async function signOut() {
  try {
    await send("DELETE", "session");
    showSignIn("");
  } catch (error) {
    notices.sayError(error);
  }
}

async function showSignIn(why) {
  const name = session?.name ?? "";
  session = null;
  kept.pause();
  events.hush();
  pageKeys?.abort();
  leave();
  drawBar(null, [], {});
  const [{ mount }] = await Promise.all([import("./sign-in.js"), dress()]);
  document.title = t("title", { page: t("page.sign-in") });
  main.className = "sign-in";
  mount(main, { why, name, enter });
}

function leave() {
  shown?.controller.abort();
  shown = null;
}

/** Show the page of the address. */
async function route() {
  if (!session) return;
  leave();
  const page = PAGES.find((one) => one.path === location.pathname);
  const controller = new AbortController();
  shown = { page, controller };
  markPage(page);
  if (!page || RANK[session.role] < RANK[page.least ?? "spotter"]) {
    main.className = "plain";
    put(main, h("p", { class: "empty" }, page ? t("page.not-yours", { role: t(`role.${page.least}`).toLowerCase() }) : t("page.missing")));
    return;
  }
  const [{ mount }] = await Promise.all([page.load().catch(missing), page.isWatching ? null : dress()]);
  if (controller.signal.aborted) return;
  main.className = page.name;
  if (!page.isWatching) {
    scrollTo(0, 0);
    put(main);
    events.listen(newName(), false);
  }
  mount(main, { session, go, newName }, controller.signal);
  if (!page.isWatching) main.focus({ preventScroll: true });
}

/** A module that could not be fetched stays so until the page is loaded anew. */
function missing() {
  hear("lost");
  isIncomplete = true;
  return { mount: () => put(main, h("p", { class: "empty", role: "alert" }, t("page.incomplete"))) };
}

function newName() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function go(path) {
  if (path !== location.pathname + location.search) history.pushState(null, "", path);
  route();
}

/** Links within the console change the page without leaving it. */
function follow(event) {
  const link = event.target instanceof Element ? event.target.closest("a[href^='/']") : null;
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.hasAttribute("download") || link.target) return;
  event.preventDefault();
  go(link.getAttribute("href"));
}
