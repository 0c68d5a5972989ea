// The camera's usual view and its live picture, beside the frame. An old picture is never live.
//
// Where there is room the live picture is always there, the usual view when it is asked for.

import { Lost, getPicture, segment } from "../api.js";
import { age, clockTime, now } from "../clock.js";
import { h, write } from "../dom.js";
import * as events from "../events.js";
import { t } from "../text.js";

const EVERY_MS = 1_000;
/** Whoever decides at once is spared the traffic. */
const LIVE_AFTER_MS = 600;
/** Where style.css shows the live picture always. */
const ROOMY = matchMedia("(min-width: 1181px) and (min-height: 641px)");
/** A camera that gives a chunk every two seconds is a few seconds behind at its best. */
const OLD_S = 10;

export class Beside {
  constructor(signal) {
    this.usual = h("img", { alt: t("watch.usual"), hidden: true });
    this.usualWords = h("p", { class: "none" });
    this.live = h("img", { alt: t("watch.live"), hidden: true });
    this.liveWords = h("p", { class: "none" });
    this.liveBox = h("figure", { class: "view live" }, h("figcaption", {}, h("strong", {}, t("watch.live")), this.liveWords), this.live);
    this.element = h("section", { class: "beside", hidden: true },
      h("figure", { class: "view usual" }, h("figcaption", {}, h("strong", {}, t("watch.usual")), this.usualWords), this.usual), this.liveBox);
    this.facts = null;
    this.captured_s = this.sameSince_s = null;
    this.isOpen = false;
    ROOMY.addEventListener("change", () => this.load(), { signal });
    events.on("tile", (tile) => this.hear(tile), signal);
    this.ticker = setInterval(() => this.tick(), EVERY_MS);
    signal.addEventListener("abort", () => {
      clearInterval(this.ticker);
      this.show(null);
    });
  }

  setOpen(isOpen) {
    this.isOpen = isOpen;
    this.element.classList.toggle("is-open", isOpen);
    this.load();
  }

  show(frame) {
    const isOther = frame?.facts.camera !== this.facts?.camera;
    this.facts = frame?.facts ?? null;
    this.element.hidden = !frame;
    if (isOther) this.forgetLive();
    const { state, scene_s } = this.facts ?? {};
    if (frame) this.sameSince_s = state === "frozen" ? scene_s : null;
    this.load();
  }

  /** The newest picture of a frozen camera is as old as the first of the same. */
  hear(tile) {
    if (tile?.camera === this.facts?.camera) this.sameSince_s = tile?.state === "frozen" ? tile.same_since_s ?? null : null;
  }

  forgetLive() {
    this.captured_s = null;
    this.isAnswered = false;
    setPicture(this.live, null);
    write(this.liveWords, "");
  }

  load() {
    this.loading?.abort();
    clearTimeout(this.timer);
    if (!this.facts || !(this.isOpen || ROOMY.matches)) return;
    const { signal } = (this.loading = new AbortController());
    if (this.isOpen) this.loadUsual(signal);
    this.timer = setTimeout(() => this.loadLive(signal), this.isOpen ? 0 : LIVE_AFTER_MS);
  }

  async loadUsual(signal) {
    try {
      const { blob } = await getPicture(`frames/${segment(this.facts.frame_id)}/usual`, { signal });
      if (signal.aborted) return;
      setPicture(this.usual, blob);
      write(this.usualWords, "");
    } catch {
      if (signal.aborted) return;
      setPicture(this.usual, null);
      write(this.usualWords, t("watch.usual.none"));
    }
  }

  async loadLive(signal) {
    while (!signal.aborted) {
      try {
        const { blob, headers } = await getPicture(`cameras/${segment(this.facts.camera)}/picture`, { signal });
        if (signal.aborted) return;
        this.captured_s = Number(headers.get("Seda-Captured"));
        this.isAnswered = true;
        setPicture(this.live, blob);
      } catch (error) {
        if (signal.aborted) return;
        this.isAnswered = true;
        if (!(error instanceof Lost)) this.captured_s = null;
      }
      this.tick();
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }

  tick() {
    if (!this.facts) return;
    const scene_s = this.captured_s === null ? null : Math.min(this.captured_s, this.sameSince_s ?? Infinity);
    const isOld = scene_s === null || now() - scene_s > OLD_S;
    this.liveBox.classList.toggle("is-old", isOld);
    if (scene_s === null) return write(this.liveWords, this.isAnswered ? t("watch.live.none") : "");
    const words = { time: clockTime(scene_s), age: age(scene_s) };
    write(this.liveWords, t(isOld ? "watch.live.old" : "watch.live.at", words));
  }
}

function setPicture(img, blob) {
  const before = img.src;
  img.hidden = !blob;
  if (blob) img.src = URL.createObjectURL(blob);
  else img.removeAttribute("src");
  if (before.startsWith("blob:")) URL.revokeObjectURL(before);
}
