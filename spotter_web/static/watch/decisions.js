// The bar below the picture: decisions, undo, note, and what shows more while it is held.

import { length, now } from "../clock.js";
import { cap, h, put, write } from "../dom.js";
import { named } from "../keys.js";
import { t } from "../text.js";

const VERDICTS = [["clear", "c"], ["unsure", "u"], ["suspicious", "s"]];

export class Decisions {
  /** `does` has decide(verdict), undo(), and the four that show more. */
  constructor(does) {
    this.buttons = VERDICTS.map(([verdict, key]) => button(`decision ${verdict}`, t(`verdict.${verdict}`), key, (event) => does.decide(verdict, event.timeStamp)));
    this.undo = button("tool undo", t("watch.undo"), "z", () => does.undo());
    this.note = button("tool", t("watch.note"), "n", () => this.openNote());
    this.play = holdable("tool", t("watch.play"), "p", does.play);
    this.heat = holdable("tool", t("watch.heat"), "h", does.heat);
    this.boxes = button("tool", t("watch.boxes"), "b", () => does.boxes());
    this.beside = button("tool", t("watch.beside"), "v", () => does.beside());
    this.last = h("p", { class: "last", role: "status" });
    this.field = h("input", { type: "text", maxlength: 4000, class: "note-field", "aria-label": t("watch.note.edit"), placeholder: t("watch.note.hint") });
    this.noteRow = h("form", { class: "note", hidden: true }, this.field);
    this.noteRow.addEventListener("submit", (event) => { event.preventDefault(); this.closeNote(); });
    this.field.addEventListener("keydown", (event) => event.key === "Escape" && this.closeNote(true));
    this.element = h("div", { class: "decide", role: "group", "aria-label": t("watch.decisions") }, this.noteRow, this.last,
      h("div", { class: "decisions" }, this.buttons),
      h("div", { class: "tools" }, this.undo, this.note, this.play, this.heat, this.boxes, this.beside));
    this.done = null;
  }

  /** Whether there is something to decide. */
  setReady(isReady) {
    this.element.classList.toggle("is-idle", !isReady);
    for (const one of [...this.buttons, this.note, this.play, this.heat, this.boxes, this.beside]) one.disabled = !isReady;
    if (!isReady) this.closeNote();
  }

  openNote() {
    this.noteRow.hidden = false;
    this.field.focus();
  }

  closeNote(isDropped = false) {
    if (isDropped) this.field.value = "";
    if (this.noteRow.contains(document.activeElement)) document.activeElement.blur();
    this.noteRow.hidden = !this.field.value.trim();
  }

  /** The note for the frame that is shown, and none for the next. */
  takeNote() {
    const note = this.field.value.trim();
    this.setNote("");
    return note;
  }

  setNote(note) {
    this.field.value = note;
    this.noteRow.hidden = !note;
  }

  /** Say what was decided last, and for how long it can be taken back. */
  tick(done) {
    this.undo.disabled = !done;
    if (!done) {
      this.done = null;
      return write(this.last, "");
    }
    if (done !== this.done) {
      this.left = h("span", { class: "left", "aria-hidden": "true" });
      put(this.last, h("span", {}, t("watch.last", { verdict: t(`verdict.${done.verdict}`), camera: done.frame.facts.camera })), this.left);
    }
    this.done = done;
    write(this.left, t("watch.last.undo", { time: length(Math.ceil(done.until_s - now())) }));
  }
}

function button(kind, words, key, press) {
  return h("button", { type: "button", class: kind, "aria-keyshortcuts": key, onclick: press }, h("span", {}, words), cap(named(key)));
}

/** A button that does something for as long as it is held, by finger, mouse or key. */
function holdable(kind, words, key, hold) {
  const element = button(kind, words, key, () => {});
  const begin = (event) => {
    if (event.type === "keydown" && (event.repeat || !["Enter", " "].includes(event.key))) return;
    element.setAttribute("aria-pressed", "true");
    hold(true);
  };
  const end = () => {
    if (element.getAttribute("aria-pressed") !== "true") return;
    element.setAttribute("aria-pressed", "false");
    hold(false);
  };
  for (const name of ["pointerdown", "keydown"]) element.addEventListener(name, begin);
  for (const name of ["pointerup", "pointercancel", "pointerleave", "keyup", "blur"]) element.addEventListener(name, end);
  element.addEventListener("contextmenu", (event) => event.preventDefault());
  element.setAttribute("aria-pressed", "false");
  return element;
}
