// The bar on top: pages, connection, the person's menu. Draws; decides nothing.

import { clockTime, everySecond, now } from "./clock.js";
import { h, put, shape, write } from "./dom.js";
import * as events from "./events.js";
import * as keys from "./keys.js";
import { t } from "./text.js";
import { play } from "./tones.js";

const THEMES = ["auto", "dark", "light"];
const bar = document.querySelector("header.bar");
const link = h("span", { class: "link" }, h("span", { class: "dot" }), h("span", { class: "words" }));
const time = h("time", { class: "time" });
const waiting = h("span", { class: "waiting" });
const question = h("span", { class: "question" });
let controller = null;
let alarms = 0;
let title = "";

events.on("waiting", (count) => write(waiting, Number(count) ? t("nav.waiting", { count: Number(count) }) : ""));

/** Draw it for whoever is signed in, or for nobody. */
export function drawBar(session, pages, does) {
  controller?.abort();
  controller = new AbortController();
  const brand = h("span", { class: "brand" }, "seda");
  if (!session) return put(bar, brand);
  const skip = h("a", { class: "skip", href: "#page" }, t("nav.skip"));
  const nav = h("nav", { class: "pages", "aria-label": t("nav.label") }, links(pages));
  const button = h("button", { type: "button", class: "menu-button", popovertarget: "menu", "aria-label": t("nav.menu") },
    h("span", { class: "who" }, session.name), h("span", { class: "lines", "aria-hidden": "true" }));
  put(bar, skip, brand, nav, h("span", { class: "space" }), question, shortAlarms(), waiting, link, time, button, menu(session, pages, does));
  everySecond(controller.signal, () => write(time, clockTime(now())));
  showLink(true);
  showAlarms(alarms);
}

/** Ask something that can wait, in the bar, where it covers nothing; answers are words and an action. */
export function putQuestion(short, words, answers) {
  const sheet = h("div", { id: "question", class: "menu", popover: "auto" }, h("p", {}, words),
    h("div", { class: "row" }, answers.map(([says, action]) => h("button", { type: "button", class: "button", onclick: action }, says))));
  put(question, h("button", { type: "button", class: "button small", popovertarget: "question" }, short), sheet);
}

export function dropQuestion() {
  put(question);
}

/** Where the pages are folded into the menu, alarms still show on the bar. */
function shortAlarms() {
  return h("a", { href: "/alarms", class: "short-alarms" }, shape("alarming"), h("span", { class: "badge" }));
}

function links(pages) {
  return pages.map((page, index) =>
    h("a", { href: page.path, "data-page": page.name }, t(`page.${page.name}`), page.name === "alarms" ? h("span", { class: "badge" }) : null,
      h("span", { class: "hint", "aria-hidden": "true" }, String(index + 1))));
}

function menu(session, pages, does) {
  const sheet = h("div", { id: "menu", class: "menu", popover: "auto" },
    h("div", { class: "menu-person" }, h("strong", {}, session.name), h("span", {}, t(`role.${session.role}`))),
    h("nav", { class: "menu-pages", "aria-label": t("nav.label") }, links(pages)),
    choice(t("theme.label"), THEMES.map((name) => [name, t(`theme.${name}`)]), theme(), setTheme),
    h("label", { class: "switch" }, h("input", { type: "checkbox", checked: stored("seda.sound") === "on", onchange: (event) => { setSound(event.target.checked); dropQuestion(); } }), t("sound.label")),
    h("label", { class: "switch" }, h("input", { type: "checkbox", checked: keys.areOn(), onchange: (event) => keys.switchOn(event.target.checked) }), t("keys.label")),
    h("div", { class: "row" },
      h("button", { type: "button", class: "button", onclick: () => { sheet.hidePopover(); keys.showKeys(); } }, t("keys.show")),
      h("button", { type: "button", class: "button", onclick: does.signOut }, t("sign-out"))));
  sheet.addEventListener("click", (event) => event.target.closest("a") && sheet.hidePopover());
  return sheet;
}

function choice(label, options, chosen, choose) {
  return h("fieldset", { class: "choice" }, h("legend", {}, label),
    options.map(([value, words]) => h("label", {},
      h("input", { type: "radio", name: "theme", value, checked: value === chosen, onchange: () => choose(value) }), h("span", {}, words))));
}

function stored(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function store(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Holds for as long as the page is open, then.
  }
}

function theme() {
  return document.documentElement.dataset.theme ?? "auto";
}

function setTheme(name) {
  store("seda.theme", name);
  if (name === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
}

function setSound(isOn) {
  store("seda.sound", isOn ? "on" : "off");
  // Browsers let a page make sound once somebody has touched it: this touch is it.
  if (isOn) play();
}

/** Say whether the server is heard. */
export function showLink(isOn) {
  document.documentElement.dataset.link = isOn ? "on" : "lost";
  write(link.lastChild, t(isOn ? "link.on" : "link.off"));
}

/** Mark which page this is. */
export function markPage(page) {
  title = page ? t(`page.${page.name}`) : "";
  for (const one of bar.querySelectorAll("a[data-page]")) {
    if (one.dataset.page === page?.name) one.setAttribute("aria-current", "page");
    else one.removeAttribute("aria-current");
  }
  showAlarms(alarms);
}

/** Show how many alarms nobody has taken. */
export function showAlarms(count) {
  alarms = count;
  for (const badge of bar.querySelectorAll(".badge")) {
    write(badge, count ? String(count) : "");
    badge.closest("a").setAttribute("aria-label", count ? `${t("page.alarms")}, ${t("nav.open-alarms", { count })}` : t("page.alarms"));
  }
  document.title = `${count ? `(${count}) ` : ""}${t("title", { page: title })}`;
}
