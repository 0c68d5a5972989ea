// What is said beside a frame: camera, time, age, band, why, and what to do there.

import { age, clockTime, length, now } from "../clock.js";
import { h, put, shape, write } from "../dom.js";
import { t } from "../text.js";

/** So long before a frame goes to somebody else, it says so. */
const WARN_S = 15;

export class Facts {
  constructor(session) {
    this.session = session;
    this.camera = h("h1", { class: "camera" });
    this.band = h("span", { class: "band" });
    this.captured = h("span", { class: "captured" });
    this.age = h("span", { class: "age" });
    this.old = h("span", { class: "old", hidden: true, title: t("watch.old.why", { limit: length(session.age_limit_s) }) }, t("watch.old"));
    this.expires = h("span", { class: "expires", role: "status" });
    this.head = h("div", { class: "facts" }, this.camera, this.band, h("span", { class: "when" }, this.captured, this.age, this.old), this.expires);
    this.words = h("p", { class: "why" });
    this.threat = h("p", { class: "threat" });
    this.learning = h("p", { class: "learning", hidden: true }, t("watch.learning"));
    this.problems = h("ul", { class: "problems" });
    this.instructions = h("p", { class: "instructions" });
    this.said = h("section", { class: "said" },
      h("h2", {}, t("watch.why")), this.words, this.threat, this.learning, this.problems,
      h("h2", {}, t("watch.instructions")), this.instructions);
    this.frame = null;
  }

  show(frame) {
    this.frame = frame;
    this.head.classList.toggle("is-empty", !frame);
    this.said.hidden = !frame;
    if (!frame) return this.tick(0);
    const { facts } = frame;
    write(this.camera, facts.camera);
    put(this.band, shape(facts.band), h("span", {}, t(`band.${facts.band}`)));
    this.band.dataset.band = facts.band;
    write(this.captured, clockTime(facts.captured_s));
    write(this.words, facts.words);
    put(this.threat, meter(facts), h("span", {}, t("watch.threat", { threat: facts.threat.toFixed(2) })));
    this.learning.hidden = !facts.is_learning;
    put(this.problems, facts.problems.map((problem) => h("li", {}, problem)));
    write(this.instructions, facts.instructions || t("watch.no-instructions"));
    this.tick(0);
  }

  /** Tell the age anew, and that the frame is about to go. */
  tick(heldFor_s) {
    if (!this.frame) {
      for (const part of [this.camera, this.captured, this.age, this.expires]) write(part, "");
      put(this.band);
      this.old.hidden = true;
      return;
    }
    const { captured_s } = this.frame.facts;
    write(this.age, t("watch.age", { age: age(captured_s) }));
    const isOld = now() - captured_s > this.session.age_limit_s;
    this.old.hidden = !isOld;
    this.age.classList.toggle("is-old", isOld);
    const left_s = this.session.lease_s - heldFor_s;
    write(this.expires, left_s < Math.min(WARN_S, this.session.lease_s / 2) ? t("watch.expires", { time: length(Math.ceil(left_s)) }) : "");
  }
}

function meter(facts) {
  const element = h("span", { class: "meter", "aria-hidden": "true", "data-band": facts.band }, h("span", {}));
  // Through the object model: an attribute would be an inline style, which the policy forbids.
  element.firstChild.style.inlineSize = `${Math.round(facts.threat * 100)}%`;
  return element;
}
