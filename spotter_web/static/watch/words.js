// What stands in the place of a frame when there is none: why, and what to do.

import { h, put } from "../dom.js";
import { length } from "../clock.js";
import { t } from "../text.js";

/** Draw the words for a state; nothing while a frame is shown. */
export function drawWords(place, state, session, resume) {
  place.hidden = state === "showing";
  delete place.dataset.said;
  if (place.hidden) return put(place);
  const [title, why] = {
    loading: [t("watch.loading"), ""],
    busy: [t("watch.busy"), ""],
    reviewed: [t("watch.reviewed"), t("watch.reviewed.why")],
    taken: [t("watch.taken"), t("watch.taken.why")],
    expired: [t("watch.expired"), t("watch.expired.why", { time: length(session.lease_s) })],
  }[state];
  put(place, h("h1", {}, title), why ? h("p", {}, why) : null);
  if (state === "expired") {
    const button = h("button", { type: "button", class: "button main", onclick: resume }, t("watch.go-on"));
    place.append(button);
    button.focus({ preventScroll: true });
  }
}

/** Between frames: a reassurance where there is reason for one, and else what is not well. */
export function drawCalm(place, calm) {
  place.hidden = false;
  const wrong = calm.isKnown || !calm.isAnswered ? calm.wrong() : [];
  const isWell = calm.isKnown && !wrong.length;
  const title = isWell ? t("watch.nothing") : wrong.length ? t("watch.calm") : t("watch.calm.looking");
  const why = isWell ? h("p", {}, t("watch.nothing.why", { count: calm.count })) : h("ul", { class: "not-well" }, wrong.map((words) => h("li", {}, words)));
  const said = [title, ...(isWell ? [why.textContent] : wrong), calm.review()?.textContent ?? ""].join("\n");
  // What is read aloud is not read again because a tile changed that says nothing new.
  if (place.dataset.said === said && place.childElementCount) return;
  place.dataset.said = said;
  put(place, h("h1", {}, title), why, calm.review());
}

/** Tell at once how a test frame was decided and what was right, with the frame itself. */
export function drawDebrief(place, done, debrief) {
  const kind = debrief.is_target ? (debrief.is_right ? "hit" : "miss") : debrief.is_right ? "rejection" : "false";
  const card = h("div", { class: `debrief ${debrief.is_right ? "right" : "wrong"}` },
    h("strong", {}, t("watch.debrief")),
    h("p", {}, t(`watch.debrief.${kind}`, { verdict: t(`verdict.${done.verdict}`).toLowerCase() })),
    thumbnail(done.frame));
  const close = () => card.remove();
  card.append(h("button", { type: "button", class: "button small", onclick: close }, t("watch.debrief.close")));
  put(place, card);
  return close;
}

function thumbnail(frame) {
  const { width, height } = frame.bitmap;
  const canvas = h("canvas", { width, height, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  context.drawImage(frame.bitmap, 0, 0);
  context.lineWidth = width / 160;
  context.strokeStyle = "#fff";
  for (const box of frame.facts.boxes) {
    context.strokeRect(box.left * width, box.top * height, (box.right - box.left) * width, (box.bottom - box.top) * height);
  }
  return canvas;
}
