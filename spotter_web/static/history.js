// What was decided, the newest first: filters, pictures, keys to go through it, undo within its time.

import { inAddress, putInAddress } from "./address.js";
import { getJson, query, segment, send } from "./api.js";
import { clockTime, everySecond, length, now } from "./clock.js";
import { h, put, shape, write } from "./dom.js";
import { bind } from "./keys.js";
import * as notices from "./notices.js";
import { t } from "./text.js";
import { listJoined, thumbnail } from "./watch/joined.js";

const VERDICTS = ["clear", "suspicious", "unsure"];
const BANDS = ["alarming", "unusual", "noticeable", "ordinary"];
export const OUTCOMES = ["real", "false", "test", "duplicate", "unclear"];
const PAGE = 50;

export function mount(main, { session }, signal) {
  const page = new History(session, signal);
  put(main, h("header", { class: "head" }, h("h1", {}, t("page.history"))), page.filterBox(), page.list, page.more);
  page.begin();
}

class History {
  constructor(session, signal) {
    Object.assign(this, { session, signal, entries: [], before: "" });
    this.form = this.drawForm();
    this.list = h("ol", { class: "entries", "aria-label": t("page.history") });
    this.more = h("button", { type: "button", class: "button", hidden: true, onclick: () => this.load(true) }, t("history.older"));
  }

  drawForm() {
    const field = (name, label, element) => h("label", {}, h("span", {}, label), Object.assign(element, { name }));
    const select = (values, words) => h("select", {}, h("option", { value: "" }, t("history.all")), values.map((value) => h("option", { value }, words(value))));
    this.cameras = h("select", {}, h("option", { value: "" }, t("history.all")));
    const isSupervisor = this.session.role !== "spotter";
    return h("form", { onchange: () => this.load(), onsubmit: (event) => { event.preventDefault(); this.load(); } },
      field("camera", t("history.camera"), this.cameras),
      field("verdict", t("history.verdict"), select(VERDICTS, (one) => t(`verdict.${one}`))),
      field("band", t("history.band"), select(BANDS, (one) => t(`band.${one}`))),
      field("outcome", t("history.outcome"), select(OUTCOMES, (one) => t(`outcome.${one}`))),
      isSupervisor ? field("person", t("history.person"), h("input", { type: "text", maxlength: 64, autocapitalize: "none" })) : null,
      field("from_s", t("history.from"), h("input", { type: "datetime-local" })),
      field("until_s", t("history.until"), h("input", { type: "datetime-local" })),
      h("button", { type: "reset", class: "button", onclick: () => setTimeout(() => this.load()) }, t("history.reset")));
  }

  /** Folded away on a phone, where pictures come first. */
  filterBox() {
    const isWide = matchMedia("(min-width: 821px)").matches;
    return h("details", { class: "filters", open: isWide }, h("summary", { class: "button small" }, t("history.filters")), this.form);
  }

  async begin() {
    bind([
      { key: "j", says: t("history.key.next"), press: () => this.move(1), isRepeated: true },
      { key: "k", says: t("history.key.before"), press: () => this.move(-1), isRepeated: true },
      { key: "z", says: t("history.key.undo"), press: () => this.undo(this.chosen()) },
      { key: "o", says: t("history.key.open"), press: () => this.open(this.chosen()) },
    ], this.signal);
    everySecond(this.signal, () => this.tick());
    await this.loadCameras();
    this.load();
  }

  async loadCameras() {
    const wanted = inAddress();
    const { tiles } = await getJson("wall", { signal: this.signal }).catch(() => ({ tiles: [] }));
    const names = new Set(tiles.map((tile) => tile.camera).concat(wanted.camera || []).sort());
    this.cameras.append(...[...names].map((name) => h("option", { value: name }, name)));
    for (const [name, value] of Object.entries(wanted)) if (this.form.elements[name]) this.form.elements[name].value = value;
  }

  filters() {
    const values = Object.fromEntries(new FormData(this.form));
    for (const name of ["from_s", "until_s"]) if (values[name]) values[name] = new Date(values[name]).getTime() / 1000;
    return values;
  }

  async load(isMore = false) {
    putInAddress(Object.fromEntries(new FormData(this.form)));
    try {
      const answer = await getJson(`verdicts${query({ ...this.filters(), before: isMore ? this.before : "", limit: PAGE })}`, { signal: this.signal });
      if (!isMore) {
        this.entries = [];
        put(this.list);
      }
      this.before = answer.before;
      this.more.hidden = !answer.before;
      for (const entry of answer.entries) this.add(entry);
      if (!this.entries.length) put(this.list, h("li", { class: "empty" }, t("history.none")));
    } catch (error) {
      if (!this.signal.aborted) notices.sayError(error);
    }
  }

  add(entry) {
    const row = { entry, left: h("span", { class: "left" }) };
    row.undo = h("button", { type: "button", class: "button small undo", hidden: true, onclick: () => this.undo(row) }, t("watch.undo"), " ", row.left);
    row.element = h("li", { class: `entry ${entry.undone_s ? "is-undone" : ""}`, tabindex: "-1" },
      h("button", { type: "button", class: "entry-picture", "aria-label": t("history.open", { camera: entry.camera }), onclick: () => this.open(row) },
        h("img", { src: picture(entry), alt: "", loading: "lazy", width: 160, height: 90 })),
      h("div", { class: "entry-facts" },
        h("p", { class: "entry-title" }, h("strong", {}, entry.camera), band(entry)),
        h("p", { class: "entry-sub" }, t("history.by", { person: entry.person, time: clockTime(entry.decided_s), after: length(entry.decided_s - entry.captured_s) })),
        entry.joined ? h("p", { class: "entry-sub" }, t("history.joined", { count: entry.joined })) : null,
        entry.note ? h("p", { class: "entry-note" }, entry.note) : null),
      h("div", { class: "entry-end" }, verdict(entry), remarks(entry), row.undo));
    this.entries.push(row);
    this.list.append(row.element);
    this.tickRow(row);
  }

  tick() {
    for (const row of this.entries) this.tickRow(row);
  }

  tickRow(row) {
    const { entry } = row;
    const left_s = entry.undo_until_s - now();
    row.undo.hidden = entry.undone_s !== null || Boolean(entry.debrief) || left_s <= 0;
    if (!row.undo.hidden) write(row.left, length(Math.ceil(left_s)));
  }

  current() {
    return this.entries.find((row) => row.element.contains(document.activeElement)) ?? null;
  }

  /** The same, or words where nothing was chosen. */
  chosen() {
    const row = this.current();
    if (!row) notices.say(t("history.choose"), { shown_ms: 2_500 });
    return row;
  }

  move(by) {
    const at = this.entries.indexOf(this.current());
    const to = this.entries[Math.max(0, at + by)];
    if (to) to.element.focus();
    else if (this.before) this.load(true);
    to?.element.scrollIntoView({ block: "nearest" });
  }

  async undo(row) {
    if (!row) return;
    if (row.undo.hidden) return notices.say(t("watch.undo.none"), { shown_ms: 2_500 });
    const { entry } = row;
    try {
      await send("DELETE", `frames/${segment(entry.frame_id)}/verdict`, { lease_id: entry.lease_id });
      entry.undone_s = now();
      row.element.classList.add("is-undone");
      row.element.querySelector(".verdict").replaceWith(verdict(entry));
      this.tickRow(row);
      notices.say(t("watch.undone"), { shown_ms: 2_500 });
    } catch (error) {
      notices.say(t("watch.undo.refused", { why: error.message }), { kind: "bad" });
    }
  }

  open(row) {
    if (!row) return;
    const { entry } = row;
    const dialog = h("dialog", { class: "sheet wide", "aria-labelledby": "entry-title" });
    put(dialog, h("h2", { id: "entry-title" }, entry.camera),
      h("div", { class: "large" }, h("img", { src: picture(entry), alt: t("history.picture", { camera: entry.camera, time: clockTime(entry.captured_s) }) })),
      h("p", { class: "entry-title" }, verdict(entry), band(entry), remarks(entry)),
      h("p", { class: "entry-sub" }, t("history.by", { person: entry.person, time: clockTime(entry.decided_s), after: length(entry.decided_s - entry.captured_s) })),
      entry.note ? h("p", { class: "entry-note" }, entry.note) : null,
      entry.joined ? h("p", { class: "entry-sub" }, t("history.joined", { count: entry.joined })) : null,
      entry.joined ? joinedBox(entry.frame_id, this.signal) : null,
      h("div", { class: "row end" }, this.session.role === "spotter" ? null : knownButtons(entry),
        h("button", { type: "button", class: "button main", onclick: () => dialog.close() }, t("close"))));
    dialog.addEventListener("close", () => { dialog.remove(); row.element.focus(); });
    document.body.append(dialog);
    dialog.showModal();
  }
}

/** The other cameras' frames, small; each leads to its picture. */
export function joinedBox(frame_id, signal) {
  const box = h("div", { class: "joints" });
  listJoined(frame_id, signal).then(
    (frames) => put(box, frames.map((one) => thumbnail(one, { onclick: () => open(`/api/v1/frames/${segment(one.frame_id)}`) }))),
    (error) => signal.aborted || notices.sayError(error));
  return box;
}

function picture(entry) {
  return `/api/v1/frames/${segment(entry.frame_id)}`;
}

function band(entry) {
  return h("span", { class: "band", "data-band": entry.band }, shape(entry.band), t(`band.${entry.band}`));
}

function verdict(entry) {
  const words = t(`verdict.${entry.verdict}`);
  return h("span", { class: `verdict ${entry.verdict}` }, entry.undone_s === null ? words : t("history.undone", { verdict: words }));
}

function remarks(entry) {
  if (entry.debrief) return h("span", { class: "remark" }, t(entry.debrief.is_right ? "history.test.right" : "history.test.wrong"));
  if (entry.alarm_id === null || entry.alarm_id === undefined) return null;
  const words = entry.outcome ? t(`outcome.${entry.outcome}`) : t(`alarm.${entry.alarm_state ?? "raised"}`);
  return h("a", { class: "remark", href: "/alarms" }, t("history.alarm", { id: entry.alarm_id, words }));
}

/** A frame whose answer is certain by now may be used to test others with. */
function knownButtons(entry) {
  const confirm = async (isTarget) => {
    try {
      await send("POST", "test-frames/decided", { frame_id: entry.frame_id, is_target: isTarget });
      notices.say(t("history.known.added"));
    } catch (error) {
      notices.sayError(error);
    }
  };
  return [h("button", { type: "button", class: "button", onclick: () => confirm(true) }, t("history.known.target")),
    h("button", { type: "button", class: "button", onclick: () => confirm(false) }, t("history.known.nothing"))];
}
