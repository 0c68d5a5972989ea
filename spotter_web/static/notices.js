// What a person is told beside the page: passing words, and what stays until it is over.

import { h, put, write } from "./dom.js";
import { t } from "./text.js";

const SHOWN_MS = 6_000;
const SHOWN_MOST = 3;
const lasting = new Map();
const place = h("div", { class: "notices-lasting", role: "status" });
const passing = h("div", { class: "toasts", role: "status", "aria-live": "polite" });

/** Put the places of notices on the page. */
export function install() {
  put(document.querySelector(".notices"), place);
  document.body.append(passing);
}

/** Say something that goes by itself. */
export function say(words, { kind = "plain", shown_ms = SHOWN_MS, link = null } = {}) {
  const toast = h("div", { class: `toast ${kind}` }, h("span", {}, words), link ? h("a", { href: link.href }, link.says) : null);
  const end = () => toast.remove();
  toast.append(h("button", { type: "button", class: "close", "aria-label": t("close"), onclick: end }, "×"));
  passing.append(toast);
  const older = [...passing.children].filter((one) => ![...lasting.values()].includes(one));
  for (const one of older.slice(0, -SHOWN_MOST)) one.remove();
  setTimeout(end, shown_ms);
  return end;
}

/** Say something for as long as it lasts; the same name is the same place. */
export function keep(name, words, { does = null } = {}) {
  let bar = lasting.get(name);
  if (!bar) {
    // What calls for something to be done stands with the passing words; what is wrong, on top.
    bar = h("div", { class: does ? "toast" : "notice" }, h("span", { class: "words" }));
    if (does) bar.append(h("button", { type: "button", class: "button small", onclick: does.action }, does.says));
    lasting.set(name, bar);
    (does ? passing : place).append(bar);
  }
  write(bar.firstChild, words);
}

/** It is over. */
export function drop(name) {
  lasting.get(name)?.remove();
  lasting.delete(name);
}

/** Say why a request was refused, in the server's words where it had any. */
export function sayError(error) {
  say(error.message && error.status ? error.message : t("lost.short"), { kind: "bad" });
}
