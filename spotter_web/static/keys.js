// Which key does what on the page that is shown, and the list of them. Keys typed into a field, or
// with Ctrl, Alt or Meta, belong to the browser.

import { cap, h, put } from "./dom.js";
import { t } from "./text.js";

/** The newest group first: what a part of a page binds goes before what the page does. */
let groups = [];

/** Bind keys until the signal: {key, says, press, release, isRepeated}. */
export function bind(added, signal) {
  groups = [added, ...groups];
  signal.addEventListener("abort", () => {
    groups = groups.filter((one) => one !== added);
  });
}

function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

const OFF = "seda.keys";

/** Single keys can be switched off, for those who speak to their computer or type by accident. */
export function areOn() {
  try {
    return localStorage.getItem(OFF) !== "off";
  } catch {
    return true;
  }
}

export function switchOn(isOn) {
  try {
    localStorage.setItem(OFF, isOn ? "on" : "off");
  } catch {
    // Without storage they stay as they are: on.
  }
}

function find(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || !areOn()) return null;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return null;
  const pressed = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return groups.flat().find((one) => one.key === pressed) ?? null;
}

const held = new Map();

addEventListener("keydown", (event) => {
  const binding = find(event);
  if (!binding) return;
  if (event.repeat && !binding.isRepeated) {
    event.preventDefault();
    return;
  }
  if (binding.press(event) === false) return;
  event.preventDefault();
  if (binding.release) held.set(event.code, binding);
});

function release(event) {
  held.get(event.code)?.release();
  held.delete(event.code);
}

addEventListener("keyup", release);
// A key that goes up elsewhere would be held for ever.
addEventListener("blur", () => {
  for (const binding of held.values()) binding.release();
  held.clear();
});

/** The key as it stands on a keyboard. */
export function named(key) {
  return t.has(`key.${key}`) ? t(`key.${key}`) : key.toUpperCase();
}

/** Show every key of this page. */
export function showKeys() {
  const rows = groups.flat().map((one) => h("li", {}, cap(named(one.key)), h("span", {}, one.says)));
  const dialog = h("dialog", { class: "sheet", "aria-labelledby": "keys-title" });
  const close = h("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("keys.close"));
  put(dialog, h("h2", { id: "keys-title" }, t("keys.title")), h("ul", { class: "keys" }, rows), h("div", { class: "row end" }, close));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
