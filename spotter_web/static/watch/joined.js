// The frames of other cameras that are decided with the one that is shown: which, and how they look.

import { getJson, getPicture, segment } from "../api.js";
import { clockTime, length } from "../clock.js";
import { h, put, write } from "../dom.js";
import { t } from "../text.js";

/** Who decides at once is spared the traffic. */
const LIST_AFTER_MS = 250;

/** A picture of every one of them that the person may see, by the names of their cameras. */
export async function listJoined(frame_id, signal) {
  const frames = await getJson(`frames/${segment(frame_id)}/joined`, { signal });
  return frames.sort((one, other) => one.camera.localeCompare(other.camera));
}

/** One of them, small; `attributes` says what happens when it is looked at. */
export function thumbnail(frame, attributes = {}) {
  const words = t("watch.joined.one", { camera: frame.camera, time: clockTime(frame.captured_s) });
  return h("button", { type: "button", class: "joint", "aria-label": words, ...attributes },
    h("img", { src: `/api/v1/frames/${segment(frame.frame_id)}`, alt: "", loading: "lazy", width: 96, height: 54 }),
    h("span", {}, frame.camera));
}

export class Joined {
  /** `picture` shows one of them large for as long as it is looked at. */
  constructor(signal, picture) {
    this.picture = picture;
    this.title = h("h2");
    this.why = h("p", { class: "joined-why" });
    this.list = h("div", { class: "joints" });
    this.element = h("section", { class: "joined", hidden: true }, this.title, this.why, this.list);
    this.frames = [];
    signal.addEventListener("abort", () => this.show(null));
  }

  show(frame) {
    clearTimeout(this.timer);
    this.loading?.abort();
    this.frames = [];
    put(this.list);
    const joined = frame?.facts.joined ?? null;
    this.element.hidden = !joined;
    if (!joined) return;
    write(this.title, t("watch.joined", { count: joined.cameras, time: length(Math.round(joined.within_s)) }));
    write(this.why, t("watch.joined.why", { camera: frame.facts.camera }));
    this.loading = new AbortController();
    this.timer = setTimeout(() => this.load(frame.facts.frame_id, this.loading.signal), LIST_AFTER_MS);
  }

  async load(frame_id, signal) {
    try {
      this.frames = await listJoined(frame_id, signal);
    } catch {
      if (!signal.aborted) write(this.why, t("watch.joined.none"));
      return;
    }
    if (signal.aborted) return;
    const back = () => this.back();
    put(this.list, this.frames.map((one) => {
      const look = () => this.look(one, signal);
      return thumbnail(one, { onpointerenter: look, onfocus: look, onpointerleave: back, onblur: back });
    }));
  }

  async look(one, signal) {
    this.looked = one;
    try {
      const { blob } = await getPicture(`frames/${segment(one.frame_id)}`, { signal });
      const bitmap = await createImageBitmap(blob);
      if (this.looked === one && !signal.aborted) this.picture.peek(bitmap, `${one.camera}, ${clockTime(one.captured_s)}`);
    } catch {
      // Left out: a lost connection is told on top of the page.
    }
  }

  back() {
    this.looked = null;
    if (this.picture.frame) this.picture.look(this.picture.home);
  }

  /** One after the other, and the frame itself before the first and after the last. */
  step(by) {
    const buttons = [...this.list.children];
    if (!buttons.length) return false; // the keys are the browser's then
    const at = buttons.indexOf(document.activeElement);
    const to = at < 0 ? (by > 0 ? 0 : buttons.length - 1) : at + by;
    if (buttons[to]) buttons[to].focus();
    else document.activeElement.blur();
    return true;
  }
}
