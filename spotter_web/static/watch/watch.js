// The page where frames are decided: joins the frames held, what shows them, and keys.

import { segment, send } from "../api.js";
import { dress, h, put } from "../dom.js";
import * as events from "../events.js";
import * as kept from "../kept.js";
import { bind, named, showKeys } from "../keys.js";
import * as notices from "../notices.js";
import { t } from "../text.js";
import { Beside } from "./beside.js";
import { Calm } from "./calm.js";
import { Decisions } from "./decisions.js";
import { Facts } from "./facts.js";
import { Frames } from "./frames.js";
import { Joined } from "./joined.js";
import { measureFrom } from "./measure.js";
import { Picture } from "./picture.js";
import { drawCalm, drawDebrief, drawWords } from "./words.js";

const DEBRIEF_MS = 20_000;

/** Show the page. */
export function mount(main, { session, newName, isReview = false }, signal) {
  const page = new Watch(session, newName, signal, isReview);
  // Everything is there before it takes the place of what first.js painted, so nothing flickers.
  put(main, page.parts());
  page.begin();
}

class Watch {
  constructor(session, newName, signal, isReview) {
    Object.assign(this, { session, newName, signal, isReview });
    this.calm = new Calm(signal, () => this.frames && this.redraw());
    this.picture = new Picture(signal);
    this.facts = new Facts(session, signal);
    this.beside = new Beside(signal);
    this.joined = new Joined(signal, this.picture);
    this.words = h("div", { class: "instead", hidden: true });
    this.below = h("div", { class: "below" });
    this.debriefs = h("div", { role: "status" });
    this.picture.well.append(this.words);
    this.decisions = new Decisions({
      decide: (verdict, at_ms) => this.decide(verdict, at_ms),
      undo: () => this.undo(),
      play: (isOn) => this.picture.play(isOn),
      heat: (isOn) => this.picture.setHeat(isOn),
      boxes: () => this.toggleBoxes(),
      beside: () => this.toggleBeside(),
    });
  }

  parts() {
    const { picture, facts, joined, beside, decisions } = this;
    this.stage = h("section", { class: "stage", "aria-label": t("watch.region") }, facts.head, picture.well, picture.film, decisions.element);
    this.panel = h("aside", { class: "panel" }, this.debriefs, beside.element, facts.said, joined.element, legend());
    return [this.stage, this.panel, this.below];
  }

  begin() {
    this.frames = new Frames(this.session, "", () => this.redraw(), this.isReview);
    this.redraw();
    this.bindKeys();
    const { signal, frames } = this;
    events.on("unheld", (data) => frames.takeOff(String(data?.lease_id ?? data)), signal);
    document.addEventListener("visibilitychange", () => this.comeOrGo(), { signal });
    addEventListener("pagehide", () => this.leave(), { signal });
    addEventListener("pageshow", (event) => event.persisted && this.comeOrGo(), { signal });
    signal.addEventListener("abort", () => this.leave());
    const ticker = setInterval(() => this.tick(), 250);
    signal.addEventListener("abort", () => clearInterval(ticker));
    this.comeOrGo();
    import("./rest.js").then((rest) => signal.aborted || rest.begin(this.session, signal));
  }

  /** A hidden page watches nothing: it gives back what it has, and asks anew when it is seen. */
  comeOrGo() {
    if (document.visibilityState !== "visible") return this.leave();
    if (this.isHere) return;
    this.isHere = true;
    const early = this.isReview ? null : window.seda.early.next ?? null;
    const page = early ? window.seda.early.page : this.newName();
    window.seda.early.next = null;
    this.frames.page = page;
    this.frames.state = "loading";
    this.frames.start(early, () => this.follow(page));
    this.redraw();
  }

  /** After the first answer, because nothing of this is needed to decide. */
  follow(page) {
    if (this.isHere) events.listen(page, !this.isReview, this.isReview);
    // Before there is nothing to decide: by then it may be that nobody answers.
    this.fetchWall();
  }

  /** The wall's module, or null where it could not be fetched; then there are the words alone. */
  fetchWall() {
    return (this.wallModule ??= import("../wall.js").catch(() => null));
  }

  leave() {
    const wasHere = this.isHere;
    this.isHere = false;
    // The request first: one that still waits would be given what the stream's end sets free.
    if (wasHere) this.frames.stop();
    events.hush();
    if (wasHere) this.redraw();
  }

  /** Who does not decide is not on watch, whatever page is open. */
  pause() {
    this.isHere = false;
    events.listen(this.newName(), false);
  }

  redraw() {
    const { shown, state } = this.frames;
    if (state === "expired" && this.isHere) this.pause();
    if (this.picture.frame !== shown) {
      this.picture.show(shown);
      this.facts.show(shown);
      this.joined.show(shown);
      this.beside.show(shown);
    }
    this.decisions.setReady(Boolean(shown));
    this.decisions.tick(this.frames.lastUndoable());
    const isCalm = state === "nothing" && !shown && !this.isReview;
    this.calm.setOn(isCalm);
    if (isCalm) drawCalm(this.words, this.calm);
    else drawWords(this.words, shown ? "showing" : this.isReview && state === "nothing" ? "reviewed" : state, this.session, () => this.comeOrGo());
    this.showWall(isCalm);
  }

  /** With nothing to decide there is time to look around. */
  async showWall(isOn) {
    if (isOn === Boolean(this.wall)) return;
    this.wall?.abort();
    this.wall = isOn ? new AbortController() : null;
    this.stage.parentElement?.classList.toggle("has-wall", isOn);
    put(this.below);
    if (!isOn) return;
    const mine = this.wall;
    this.signal.addEventListener("abort", () => mine.abort(), { once: true });
    const [module] = await Promise.all([this.fetchWall(), dress()]);
    if (module && !mine.signal.aborted) module.mount(this.below, { session: this.session, isBelow: true }, mine.signal);
  }

  tick() {
    this.frames.tick();
    this.facts.tick(this.frames.heldFor_s());
    this.decisions.tick(this.frames.lastUndoable());
  }

  decide(verdict, at_ms) {
    if (this.frames.state === "expired") return this.comeOrGo();
    if (!this.frames.shown) return notices.say(t("watch.decide.none"), { shown_ms: 2_500 });
    const note = this.decisions.field.value.trim();
    const done = this.frames.decide(verdict, note);
    if (!done) return;
    done.note = note;
    this.decisions.setNote("");
    if (this.frames.shown) measureFrom(at_ms);
    done.recorded.then((recorded) => this.noteRecorded(done, recorded), (error) => this.noteRefused(done, error));
  }

  noteRecorded(done, recorded) {
    if (recorded.alarm_id !== null && recorded.alarm_id !== undefined) notices.say(t("watch.alarm", { id: recorded.alarm_id }));
    if (!recorded.debrief || this.signal.aborted) return;
    const close = drawDebrief(this.debriefs, done, recorded.debrief);
    setTimeout(close, DEBRIEF_MS);
  }

  noteRefused(done, error) {
    notices.say(t("watch.refused", { camera: done.frame.facts.camera, why: error.message }), { kind: "bad", shown_ms: 15_000 });
  }

  undo() {
    if (this.frames.state === "expired") this.comeOrGo();
    const { lease_id } = this.frames.lastUndoable()?.frame.facts ?? {};
    const wasKept = kept.leases().includes(lease_id);
    const last = this.frames.undo((facts) => send("DELETE", `frames/${segment(facts.frame_id)}/verdict`, { lease_id: facts.lease_id }));
    if (!last) return notices.say(t("watch.undo.none"), { shown_ms: 2_500 });
    this.decisions.setNote(last.note ?? "");
    notices.say(t(wasKept && !last.frame.undoing ? "watch.undone.kept" : "watch.undone"), { shown_ms: 2_500 });
    last.frame.undoing?.catch((error) => notices.say(t("watch.undo.refused", { why: error.message }), { kind: "bad" }));
  }

  toggleBoxes() {
    if (!this.picture.toggleBoxes()) notices.say(t("watch.boxes.none"), { shown_ms: 2_500 });
  }

  toggleBeside() {
    this.beside.setOpen(!this.beside.isOpen);
    this.stage.parentElement.classList.toggle("has-beside", this.beside.isOpen);
  }

  bindKeys() {
    const { frames, picture, joined, decisions } = this;
    const decide = (key, verdict) => ({ key, says: t(`watch.key.${verdict}`), press: (event) => this.decide(verdict, event.timeStamp) });
    bind([
      decide("c", "clear"), decide("u", "unsure"), decide("s", "suspicious"),
      { key: "z", says: t("watch.key.undo"), press: () => this.undo() },
      { key: "n", says: t("watch.key.note"), press: () => frames.shown && decisions.openNote() },
      { key: "p", says: t("watch.key.play"), press: () => picture.play(true), release: () => picture.play(false) },
      { key: "h", says: t("watch.key.heat"), press: () => picture.setHeat(true), release: () => picture.setHeat(false) },
      { key: "b", says: t("watch.key.boxes"), press: () => this.toggleBoxes() },
      { key: "v", says: t("watch.key.beside"), press: () => frames.shown && this.toggleBeside() },
      { key: "ArrowLeft", says: t("watch.key.back"), press: () => picture.step(-1), isRepeated: true },
      { key: "ArrowRight", says: t("watch.key.forth"), press: () => picture.step(1), isRepeated: true },
      { key: "ArrowDown", says: t("watch.key.camera.next"), press: () => joined.step(1), isRepeated: true },
      { key: "ArrowUp", says: t("watch.key.camera.before"), press: () => joined.step(-1), isRepeated: true },
    ], this.signal);
  }
}

const LEGEND = [["c", "clear"], ["u", "unsure"], ["s", "suspicious"], ["z", "undo"], ["n", "note"], ["p", "play"], ["h", "heat"], ["b", "boxes"], ["v", "beside"]];

function legend() {
  const rows = LEGEND.map(([key, name]) => h("li", {}, h("kbd", {}, named(key)), h("span", {}, t(`watch.key.${name}`))));
  return h("section", { class: "legend" }, h("h2", {}, t("keys.title")), h("ul", { class: "keys" }, rows),
    h("button", { type: "button", class: "button small", onclick: showKeys }, t("keys.all")));
}
