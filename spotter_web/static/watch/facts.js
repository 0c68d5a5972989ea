// What is said beside a frame: camera, time, age, band, why, and what to do there.

import { age, clockTime, length, now } from "../clock.js";
import { h, put, shape, write } from "../dom.js";
import * as events from "../events.js";
import { t } from "../text.js";

/** So long before a frame goes to somebody else, it says so. */
const WARN_S = 15;

export class Facts {
  constructor(session, signal) {
    this.session = session;
    this.camera = h("h1", { class: "camera", hidden: true });
    this.band = h("span", { class: "band" });
    this.states = h("span", { class: "states" });
    this.captured = h("span", { class: "captured" });
    this.age = h("span", { class: "age" });
    this.old = h("span", { class: "old", hidden: true, title: t("watch.old.why", { limit: length(session.age_limit_s) }) }, t("watch.old"));
    this.expires = h("span", { class: "expires", role: "status" });
    this.head = h("div", { class: "facts is-empty" }, this.camera, this.band, this.states, h("span", { class: "when" }, this.captured, this.age, this.old), this.expires);
    this.condition = h("p", { class: "condition", role: "status", hidden: true });
    this.words = h("p", { class: "why" });
    this.threat = h("p", { class: "threat" });
    this.learning = h("p", { class: "learning", hidden: true }, t("watch.learning"));
    this.kind = h("p", { class: "kind", hidden: true });
    this.problems = h("ul", { class: "problems" });
    this.instructions = h("p", { class: "instructions" });
    this.said = h("section", { class: "said", hidden: true },
      h("h2", {}, t("watch.why")), this.condition, this.words, this.threat, this.kind, this.learning, this.problems,
      h("h2", {}, t("watch.instructions")), this.instructions);
    this.frame = null;
    events.on("tile", (tile) => this.hear(tile), signal);
  }

  show(frame) {
    this.frame = frame;
    this.head.classList.toggle("is-empty", !frame);
    this.said.hidden = this.camera.hidden = !frame;
    if (!frame) return this.tick(0);
    const { facts } = frame;
    write(this.camera, facts.camera);
    put(this.band, shape(facts.band), h("span", {}, t(`band.${facts.band}`)));
    this.band.dataset.band = facts.band;
    this.tell(conditionOf(facts));
    put(this.threat, meter(facts), h("span", {}, t("watch.threat", { threat: facts.threat.toFixed(2) })));
    this.kind.hidden = (facts.kind ?? "work") === "work";
    if (!this.kind.hidden) write(this.kind, t(`watch.kind.${facts.kind}.why`));
    this.learning.hidden = !facts.is_learning;
    put(this.problems, facts.problems.map((problem) => h("li", {}, problem)));
    write(this.instructions, facts.instructions || t("watch.no-instructions"));
    this.tick(0);
  }

  /** How the camera is may change while its frame is on the screen. */
  hear(tile) {
    const facts = this.frame?.facts;
    if (tile?.camera === facts?.camera && facts) this.tell(changedBy(tile, facts));
  }

  /** A picture that is black, or always the same, is no picture of what happens now. */
  tell({ state, why, scene_s, words }) {
    const { kind = "work", is_learning } = this.frame.facts;
    const names = [kind === "work" ? null : t(`watch.kind.${kind}`), state === "live" ? null : t(`state.${state}`), is_learning ? t("watch.state.learning") : null];
    put(this.states, names.filter(Boolean).map((name) => h("span", { class: "state-of", "data-state": state }, name)));
    this.condition.hidden = !why || words.startsWith(why);
    write(this.condition, why);
    write(this.words, words);
    this.scene_s = scene_s;
    write(this.captured, clockTime(scene_s));
    this.tick(this.heldFor_s ?? 0);
  }

  /** Tell the age anew, and that the frame is about to go. */
  tick(heldFor_s) {
    this.heldFor_s = heldFor_s;
    if (!this.frame) {
      for (const part of [this.camera, this.captured, this.age, this.expires]) write(part, "");
      put(this.band);
      put(this.states);
      this.old.hidden = true;
      return;
    }
    const { scene_s } = this;
    write(this.age, t("watch.age", { age: age(scene_s) }));
    const isOld = now() - scene_s > this.session.age_limit_s;
    this.old.hidden = !isOld;
    this.age.classList.toggle("is-old", isOld);
    const left_s = this.session.lease_s - heldFor_s;
    write(this.expires, left_s < Math.min(WARN_S, this.session.lease_s / 2) ? t("watch.expires", { time: length(Math.ceil(left_s)) }) : "");
  }
}

/** What the server said when it gave the frame. */
function conditionOf({ state = "live", why = "", scene_s, captured_s, words }) {
  return { state, why, scene_s: scene_s || captured_s, words };
}

/** What the stream says since; a frame from before the camera went dark or froze keeps its words. */
function changedBy(tile, facts) {
  const isBlind = tile.same_since_s !== null && tile.same_since_s !== undefined && facts.captured_s >= tile.same_since_s;
  const why = tile.state === "live" ? "" : tile.state === facts.state ? facts.why : tile.why;
  const scene_s = isBlind && tile.state === "frozen" ? tile.same_since_s : facts.captured_s;
  return { state: tile.state, why, scene_s, words: isBlind && facts.cause === "nothing" ? why : facts.words };
}

function meter(facts) {
  const element = h("span", { class: "meter", "aria-hidden": "true", "data-band": facts.band }, h("span", {}));
  // Through the object model: an attribute would be an inline style, which the policy forbids.
  element.firstChild.style.inlineSize = `${Math.round(facts.threat * 100)}%`;
  return element;
}
