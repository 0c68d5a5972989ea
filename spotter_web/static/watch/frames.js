// The frames that this page holds: one shown, one ahead, and those just decided. No DOM here.
//
// The hub (hub/polls.js) asks for one frame more, for as long as there is something to decide. The
// server answers when a place is free, or asks for the frame ahead, where something worse is to take
// its place: the page gives it up only if it is not on the screen. Every request says what the page
// has, so that an answer that was lost comes again and nothing else does; what was just decided
// counts as had until the server has surely heard of it.

import { now, setNow } from "../clock.js";
import * as hub from "../hub/client.js";
import * as kept from "../kept.js";

/** What was not given by now, once a verdict is recorded, is not there. */
const EMPTY_MS = 1_000;
/** Longer than a verdict takes from the store to assignment. */
const DECIDED_FOR_MS = 60_000;
/** `holds` takes 500 characters. */
const DECIDED_MOST = 12;
const UNDO_MOST = 4;
/** Of a page's leases few are under way at a time. */
const ENDED_MOST = 16;
/** A second press of a key is not a decision about the frame that the first one brought... */
const BOUNCE_MS = 150;
/** ... nor is one meant for a frame that went away by itself. */
const SURPRISE_MS = 600;

export class Frames {
  /** `changed(why)` is called, at once, whenever something else is to be seen. */
  constructor(session, page, changed, isReview = false) {
    this.session = session;
    this.isReview = isReview;
    this.page = page;
    this.changed = changed;
    this.shown = null;
    this.ahead = [];
    this.undoable = [];
    this.state = "loading";
    this.decided = new Map();
    this.ended = [];
    this.guard_ms = 0;
    this.run = null;
  }

  /** Ask for frames until told otherwise; `early` is the answer that first.js got. */
  async start(early, firstAnswered) {
    this.run = new AbortController();
    const { signal } = this.run;
    const frame = await early?.catch(() => null);
    if (signal.aborted) return;
    if (frame) this.take(frame);
    else if (frame === null && early) this.noteNothing();
    hub.onAnswer((answer) => answer.page === this.page && this.hear(answer, signal), signal);
    hub.want(this.want());
    firstAnswered();
  }

  /** Leave: what is held goes back to everybody. */
  stop() {
    this.run?.abort();
    hub.rest();
    this.shown = null;
    this.ahead = [];
  }

  async hear(answer, signal) {
    if (answer.isNothing) return this.noteNothing();
    if (answer.isRefused) return !this.shown && this.state === "loading" && this.change("busy");
    if (answer.yields) return hub.want(this.want(this.giveUp(answer.yields)));
    if (!answer.blob) return;
    const frame = { facts: JSON.parse(answer.facts), bitmap: await createImageBitmap(answer.blob) };
    if (signal.aborted) return;
    this.take(frame);
    hub.want(this.want());
  }

  noteNothing() {
    if (!this.shown && ["loading", "busy"].includes(this.state)) this.change("nothing");
  }

  /** Give the frame ahead up, unless it is on the screen by now; gives what the server is told. */
  giveUp(lease_id) {
    const isAhead = this.ahead.some((held) => held.facts.lease_id === lease_id);
    this.ahead = this.ahead.filter((held) => held.facts.lease_id !== lease_id);
    return isAhead ? lease_id : "";
  }

  /** What this page has, and that it would like one more. */
  want(yields = "") {
    const held = [this.shown, ...this.ahead].filter(Boolean).length;
    return { page: this.page, held, query: { shown: this.shown?.facts.lease_id, holds: this.holds(), yields, is_review: this.isReview || "" } };
  }

  holds() {
    const since_ms = performance.now() - DECIDED_FOR_MS;
    for (const [lease_id, at_ms] of this.decided) {
      if (at_ms < since_ms && !kept.leases().includes(lease_id)) this.decided.delete(lease_id);
    }
    const decided = [...this.decided.keys()].slice(-DECIDED_MOST);
    return [this.shown, ...this.ahead].filter(Boolean).map((held) => held.facts.lease_id).concat(decided).join(",");
  }

  take(frame) {
    const { facts } = frame;
    setNow(facts.now_s);
    this.ahead = this.ahead.filter((held) => held.facts.lease_id !== facts.instead_of);
    const has = [this.shown, ...this.ahead].some((held) => held?.facts.lease_id === facts.lease_id);
    if (has || this.decided.has(facts.lease_id) || this.ended.includes(facts.lease_id)) return;
    this.ahead.push(frame);
    if (!this.shown) this.showNext("came");
  }

  showNext(why) {
    this.show(this.ahead.shift() ?? null, why);
  }

  show(frame, why) {
    this.shown = frame;
    if (frame) frame.shown_ms = performance.now();
    this.guard_ms = performance.now() + (why === "decided" ? BOUNCE_MS : why === "taken" ? SURPRISE_MS : 0);
    this.change(frame ? "showing" : "loading", why);
  }

  change(state, why = state) {
    this.state = state;
    this.changed(why);
    if (!this.run?.signal.aborted) hub.change(this.want());
  }

  /** Decide about the shown frame; gives what became of it, or null where nothing is to be decided. */
  decide(verdict, note) {
    const frame = this.shown;
    if (!frame || performance.now() < this.guard_ms) return null;
    const { facts } = frame;
    this.decided.set(facts.lease_id, performance.now());
    const done = { frame, verdict, until_s: now() + this.session.undo_s, recorded: null };
    this.undoable.push(done);
    if (this.undoable.length > UNDO_MOST) this.undoable.shift().frame.bitmap.close();
    this.showNext("decided");
    const undone = frame.undoing ?? Promise.resolve(true);
    done.recorded = frame.undoing ? undone.then(() => kept.decide(facts, verdict, note)) : kept.decide(facts, verdict, note);
    done.recorded.then((recorded) => this.noteRecorded(done, recorded), () => this.forgetUndo(done));
    return done;
  }

  noteRecorded(done, recorded) {
    done.until_s = recorded.undo_until_s;
    // What was debriefed is known by now, so it cannot be decided again.
    if (recorded.debrief) this.forgetUndo(done);
    // The request that waits would have been answered by now, if there were anything.
    setTimeout(() => this.state === "loading" && this.change("nothing"), EMPTY_MS);
  }

  forgetUndo(done) {
    this.undoable = this.undoable.filter((one) => one !== done);
  }

  /** The decision that would be taken back, or null. */
  lastUndoable() {
    const last = this.undoable.at(-1);
    return last && last.until_s > now() ? last : null;
  }

  /** Take the last decision back and show its frame again; null where there is none. */
  undo(takeBackRecorded) {
    const last = this.lastUndoable();
    if (!last) return null;
    const { lease_id } = last.frame.facts;
    this.forgetUndo(last);
    this.decided.delete(lease_id);
    this.ahead = this.shown ? [this.shown] : this.ahead;
    if (kept.takeBack(lease_id)) {
      last.frame.undoing = null;
    } else {
      last.frame.undoing = last.recorded.then(() => takeBackRecorded(last.frame.facts));
      last.frame.undoing.catch(() => this.takeOff(lease_id, "standing"));
    }
    this.show(last.frame, "undone");
    return last;
  }

  /** The server says that a lease ended. */
  takeOff(lease_id, why = "taken") {
    this.ahead = this.ahead.filter((held) => held.facts.lease_id !== lease_id);
    // Its frame may still be on its way.
    if (why === "taken") this.ended = [...this.ended, lease_id].slice(-ENDED_MOST);
    if (this.shown?.facts.lease_id !== lease_id) return;
    if (why === "standing") this.decided.set(lease_id, performance.now());
    if (this.heldFor_s() > this.session.lease_s * 0.9) this.expire();
    else if (this.ahead.length) this.showNext("taken");
    else {
      this.shown = null;
      this.change(why === "taken" ? "taken" : "loading");
    }
  }

  /** Seconds for which the shown frame has been on the screen. */
  heldFor_s() {
    return this.shown ? (performance.now() - this.shown.shown_ms) / 1000 : 0;
  }

  /** Let time pass: a frame that nobody decides goes back, and so does the one behind it. */
  tick() {
    if (this.heldFor_s() >= this.session.lease_s) this.expire();
  }

  /** Nobody is there: nothing is held and nothing asked for until somebody says that they are. */
  expire() {
    this.stop();
    this.change("expired");
  }
}

function rest(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
