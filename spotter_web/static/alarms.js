// Alarms as they are raised: taken on, ended with an outcome, noted. What is not over comes first.

import { inAddress, putInAddress } from "./address.js";
import { getJson, query, segment, send } from "./api.js";
import { age, clockTime, everySecond } from "./clock.js";
import { h, put, write } from "./dom.js";
import * as events from "./events.js";
import { OUTCOMES, joinedBox } from "./history.js";
import { bind } from "./keys.js";
import * as notices from "./notices.js";
import { t } from "./text.js";
import { askAndHear } from "./told.js";

const OVER = new Set(["resolved", "withdrawn"]);
const PAGE = 50;
const STATES = ["", "raised", "acknowledged", "resolved", "withdrawn"];

export function mount(main, { session }, signal) {
  const page = new AlarmsPage(session, signal);
  put(main, h("header", { class: "head" }, h("h1", {}, t("page.alarms")), page.filter), page.live, page.list, page.more);
  page.begin();
}

class AlarmsPage {
  constructor(session, signal) {
    Object.assign(this, { session, signal, before: "" });
    this.cards = new Map();
    this.live = h("p", { class: "visually-hidden", role: "status" });
    this.list = h("ol", { class: "alarms-list", "aria-label": t("page.alarms") });
    this.more = h("button", { type: "button", class: "button", hidden: true, onclick: () => this.load(true) }, t("history.older"));
    this.state = h("select", { onchange: () => this.load() }, STATES.map((state) => h("option", { value: state }, state ? t(`alarm.${state}`) : t("history.all"))));
    this.filter = h("label", { class: "filter" }, h("span", {}, t("alarms.state")), this.state);
  }

  begin() {
    events.on("alarm", (alarm) => this.take(alarm), this.signal);
    bind([
      { key: "j", says: t("alarms.key.next"), press: () => this.move(1), isRepeated: true },
      { key: "k", says: t("alarms.key.before"), press: () => this.move(-1), isRepeated: true },
      { key: "a", says: t("alarms.acknowledge"), press: () => this.chosen()?.acknowledge() },
      { key: "r", says: t("alarms.resolve"), press: () => this.chosen()?.openResolve() },
    ], this.signal);
    everySecond(this.signal, () => { for (const card of this.cards.values()) card.tick(); });
    const { state } = inAddress();
    if (STATES.includes(state)) this.state.value = state;
    this.load();
  }

  async load(isMore = false) {
    putInAddress({ state: this.state.value });
    this.asked?.abort();
    this.asked = new AbortController();
    const signal = AbortSignal.any([this.signal, this.asked.signal]);
    const path = `alarms${query({ state: this.state.value, before: isMore ? this.before : "", limit: PAGE })}`;
    try {
      const { answer, told } = await askAndHear("alarm", (alarm) => alarm.alarm_id, () => getJson(path, { signal }));
      if (!isMore) {
        this.cards.clear();
        put(this.list);
      }
      this.before = answer.before;
      this.more.hidden = !answer.before;
      for (const alarm of answer.alarms) this.put(told.get(alarm.alarm_id) ?? alarm);
      for (const alarm of told.values()) if (this.isOfFilter(alarm)) this.put(alarm);
      this.noteEmpty();
    } catch (error) {
      if (!signal.aborted) notices.sayError(error);
    }
  }

  isOfFilter(alarm) {
    return !this.state.value || alarm.state === this.state.value || this.cards.has(alarm.alarm_id);
  }

  noteEmpty() {
    this.list.querySelector(".empty")?.remove();
    if (!this.cards.size) this.list.append(h("li", { class: "empty" }, t("alarms.none")));
  }

  /** An alarm changed, here or elsewhere. */
  take(alarm) {
    if (!this.isOfFilter(alarm)) return;
    const isNew = !this.cards.has(alarm.alarm_id);
    this.put(alarm);
    this.noteEmpty();
    if (isNew && alarm.state === "raised") write(this.live, t("alarms.new", { camera: alarm.camera, sentence: alarm.sentence }));
  }

  put(alarm) {
    let card = this.cards.get(alarm.alarm_id);
    const isMoved = !card || OVER.has(card.alarm.state) !== OVER.has(alarm.state);
    if (!card) this.cards.set(alarm.alarm_id, (card = new Card(this.session, this.signal)));
    card.show(alarm);
    // A card that somebody works on stays where it is.
    if (!isMoved || card.element.contains(document.activeElement)) return;
    const after = [...this.cards.values()].filter((one) => one !== card && one.element.isConnected && compare(alarm, one.alarm) < 0);
    const next = after.reduce((first, one) => (!first || compare(one.alarm, first.alarm) < 0 ? one : first), null);
    this.list.insertBefore(card.element, next?.element ?? null);
  }

  current() {
    return [...this.cards.values()].find((card) => card.element.contains(document.activeElement)) ?? null;
  }

  /** The same, or words where nothing was chosen. */
  chosen() {
    const card = this.current();
    if (!card) notices.say(t("alarms.choose"), { shown_ms: 2_500 });
    return card;
  }

  move(by) {
    const rows = [...this.list.querySelectorAll(".alarm")];
    const at = rows.indexOf(this.current()?.element);
    rows[Math.min(rows.length - 1, Math.max(0, at + by))]?.focus();
  }
}

/** What is not over first, in it the oldest; of what is over the newest. */
function compare(one, other) {
  const [over, otherOver] = [OVER.has(one.state), OVER.has(other.state)];
  if (over !== otherOver) return over ? 1 : -1;
  return over ? other.changed_s - one.changed_s : one.raised_s - other.raised_s;
}

class Card {
  constructor(session, signal) {
    Object.assign(this, { session, signal });
    this.img = h("img", { alt: "", loading: "lazy", width: 240, height: 135, hidden: true });
    this.picture = h("button", { type: "button", class: "alarm-picture entry-picture", hidden: true, onclick: () => this.enlarge() }, this.img);
    this.age = h("span", { class: "age" });
    this.head = h("p", { class: "alarm-head" });
    this.sentence = h("p", { class: "alarm-sentence" });
    this.sub = h("p", { class: "entry-sub" });
    this.instructions = h("p", { class: "alarm-instructions" });
    this.notes = h("ul", { class: "notes" });
    this.deliveries = h("ul", { class: "deliveries" });
    this.actions = h("div", { class: "row" });
    this.place = h("div", { class: "alarm-form" });
    this.element = h("li", { class: "alarm", tabindex: "-1" },
      this.picture,
      h("div", { class: "alarm-facts" }, this.head, this.sentence, this.sub, this.instructions, this.notes, this.deliveries, this.actions, this.place));
  }

  show(alarm) {
    this.alarm = alarm;
    this.element.dataset.state = alarm.state;
    put(this.head, h("strong", {}, alarm.camera || t("alarms.no-camera")), h("span", { class: "alarm-state" }, alarm.outcome ? t(`outcome.${alarm.outcome}`) : t(`alarm.${alarm.state}`)), this.age);
    write(this.sentence, alarm.sentence);
    write(this.sub, t(alarm.holder ? "alarms.sub.held" : "alarms.sub", { id: alarm.alarm_id, time: clockTime(alarm.raised_s), person: alarm.raised_by, holder: alarm.holder }));
    write(this.instructions, alarm.instructions);
    const earlier = alarm.earlier_notes ? [h("li", { class: "muted" }, t("alarms.earlier-notes", { count: alarm.earlier_notes }))] : [];
    put(this.notes, [...earlier, ...alarm.notes.map((note) => h("li", {}, h("strong", {}, note.person), ` ${clockTime(note.at_s)}: `, note.text))]);
    put(this.deliveries, alarm.deliveries.map(delivery));
    this.picture.hidden = this.img.hidden = !alarm.frame_id;
    if (alarm.frame_id && !this.img.src) this.img.src = `/api/v1/frames/${segment(alarm.frame_id)}`;
    if (alarm.frame_id) this.img.alt = t("alarms.picture", { camera: alarm.camera });
    this.picture.setAttribute("aria-label", t("alarms.large", { camera: alarm.camera }));
    this.drawActions();
    this.tick();
  }

  /** The frame that it is about, as large as there is room. */
  enlarge() {
    const { alarm } = this;
    const dialog = h("dialog", { class: "sheet wide", "aria-labelledby": "alarm-title" });
    put(dialog, h("h2", { id: "alarm-title" }, alarm.camera), h("div", { class: "large" }, h("img", { src: this.img.src, alt: this.img.alt })),
      h("p", { class: "alarm-sentence" }, alarm.sentence),
      h("div", { class: "row end" }, h("button", { type: "button", class: "button main", onclick: () => dialog.close() }, t("close"))));
    dialog.addEventListener("close", () => { dialog.remove(); this.picture.focus(); });
    document.body.append(dialog);
    dialog.showModal();
  }

  tick() {
    write(this.age, OVER.has(this.alarm.state) ? clockTime(this.alarm.changed_s) : t("alarms.open-for", { age: age(this.alarm.raised_s) }));
  }

  drawActions() {
    const { alarm } = this;
    const button = (words, action, kind = "") => h("button", { type: "button", class: `button ${kind}`, onclick: action }, words);
    put(this.actions,
      alarm.state === "raised" ? button(t("alarms.acknowledge"), () => this.acknowledge(), "main") : null,
      OVER.has(alarm.state) ? null : button(t("alarms.resolve"), () => this.openResolve(), alarm.state === "acknowledged" ? "main" : ""),
      button(t("alarms.note"), () => this.openNote()),
      alarm.joined ? button(t("alarms.joined", { count: alarm.joined }), () => put(this.place, joinedBox(alarm.frame_id, this.signal))) : null);
  }

  async change(path, body) {
    try {
      const changed = await send("POST", `alarms/${this.alarm.alarm_id}/${path}`, body);
      // The stream may have told of a later change already.
      if (changed.changed_s >= this.alarm.changed_s) this.show(changed);
      put(this.place);
      this.element.focus();
    } catch (error) {
      notices.sayError(error);
    }
  }

  acknowledge() {
    if (this.alarm.state === "raised") this.change("acknowledge");
    else notices.say(t("alarms.not-raised"), { shown_ms: 2_500 });
  }

  openResolve() {
    if (OVER.has(this.alarm.state)) return notices.say(t("alarms.ended"), { shown_ms: 2_500 });
    const name = `outcome-${this.alarm.alarm_id}`;
    const note = h("input", { type: "text", maxlength: 4000, "aria-label": t("alarms.resolve.note"), placeholder: t("alarms.resolve.note") });
    const form = h("form", {},
      h("fieldset", { class: "choice" }, h("legend", {}, t("alarms.outcome")),
        OUTCOMES.map((outcome) => h("label", {}, h("input", { type: "radio", name, value: outcome, required: true }), h("span", {}, t(`outcome.${outcome}`))))),
      note, this.ends(t("alarms.resolve")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.change("resolve", { outcome: new FormData(form).get(name), note: note.value.trim() });
    });
    this.open(form);
  }

  openNote() {
    const text = h("textarea", { rows: 3, maxlength: 4000, required: true, "aria-label": t("alarms.note") });
    const form = h("form", {}, text, this.ends(t("save")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.change("notes", { text: text.value.trim() });
    });
    this.open(form);
  }

  ends(words) {
    return h("div", { class: "row" }, h("button", { type: "submit", class: "button main" }, words),
      h("button", { type: "button", class: "button", onclick: () => { put(this.place); this.element.focus(); } }, t("cancel")));
  }

  open(form) {
    put(this.place, form);
    form.addEventListener("keydown", (event) => event.key === "Escape" && (put(this.place), this.element.focus()));
    form.querySelector("input, textarea").focus();
  }
}

function delivery(one) {
  const words = one.delivered_s !== null ? "alarms.delivered" : one.due_s !== null ? "alarms.delivering" : "alarms.undelivered";
  return h("li", { class: one.delivered_s === null ? "is-late" : "" },
    t(words, { channel: one.channel, time: one.delivered_s === null ? "" : clockTime(one.delivered_s), count: one.attempts, receipt: one.receipt }));
}
