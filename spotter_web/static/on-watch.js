// Who is on watch, and what earlier watches left for the next.

import { getJson, send } from "./api.js";
import { age, clockTime, everySecond } from "./clock.js";
import { h, put, write } from "./dom.js";
import * as events from "./events.js";
import * as notices from "./notices.js";
import { t } from "./text.js";

export function mount(main, _context, signal) {
  const people = h("ul", { class: "people-now" });
  const nobody = h("p", { class: "warning", hidden: true });
  const notes = h("ol", { class: "handover" });
  const text = h("textarea", { id: "note", rows: 4, maxlength: 4000, required: true });
  const form = h("form", { class: "stack" }, h("label", { for: "note" }, t("watch-page.leave")), text,
    h("button", { type: "submit", class: "button main" }, t("watch-page.save")));
  put(main, h("header", { class: "head" }, h("h1", {}, t("page.on-watch"))),
    h("div", { class: "columns" },
      h("section", { class: "box-card" }, h("h2", {}, t("watch-page.now")), nobody, people),
      h("section", { class: "box-card" }, h("h2", {}, t("watch-page.notes")), form, notes)));
  let watch = null;
  let isNoted = false;

  function draw() {
    if (!watch) return;
    put(people, watch.people.map((one) => h("li", {}, h("span", { class: "dot" }), h("strong", {}, one.name), h("span", { class: "muted" }, t("watch-page.since", { time: clockTime(one.since_s), age: age(one.since_s) })))));
    nobody.hidden = watch.people.length > 0;
    if (!nobody.hidden) write(nobody, watch.unwatched_since_s ? t("watch-page.nobody", { age: age(watch.unwatched_since_s) }) : t("watch-page.nobody.now"));
  }

  function drawNotes(found) {
    put(notes, found.notes.map((note) => h("li", {}, h("p", { class: "entry-sub" }, h("strong", {}, note.person), ` ${clockTime(note.at_s)}`), h("p", { class: "text" }, note.text))));
    if (!found.notes.length) put(notes, h("li", { class: "muted" }, t("watch-page.no-notes")));
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const found = await send("POST", "watch/notes", { text: text.value.trim() });
      isNoted = true;
      drawNotes(found);
      text.value = "";
    } catch (error) {
      notices.sayError(error);
    }
  });
  events.on("watch", (found) => { watch = found; draw(); }, signal);
  everySecond(signal, draw);
  // What came meanwhile is newer than what was asked for before it.
  getJson("watch", { signal }).then((found) => { watch ??= found; draw(); }).catch(notices.sayError);
  getJson("watch/notes", { signal }).then((found) => isNoted || drawNotes(found)).catch(notices.sayError);
}
