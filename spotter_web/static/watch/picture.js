// The large picture: the frame itself, boxes and heat over it, and what was before and after it.

import { getJson, getPicture, segment } from "../api.js";
import { h, put, svg, write } from "../dom.js";
import { clockTime } from "../clock.js";
import { t } from "../text.js";

/** Somebody who looks for so long may want more; who decides faster is spared the traffic. */
const MORE_AFTER_MS = 400;
const PLAY_MS = 160;

export class Picture {
  constructor(signal) {
    this.canvas = h("canvas", { class: "picture", role: "img", hidden: true });
    this.heatCanvas = h("canvas", { class: "heat", hidden: true, "aria-hidden": "true" });
    this.boxes = svg("svg", { class: "boxes", "aria-hidden": "true" });
    this.mark = h("p", { class: "mark", hidden: true });
    this.well = h("div", { class: "well" }, this.canvas, this.heatCanvas, this.boxes, this.mark);
    this.slider = h("input", { type: "range", class: "scrub", min: 0, max: 1, value: 0, step: 1, disabled: true, "aria-label": t("watch.key.play"), oninput: () => this.look(Number(this.slider.value)) });
    for (const begin of ["pointerdown", "focus"]) this.slider.addEventListener(begin, () => this.askStrip());
    for (const end of ["pointerup", "pointercancel", "blur"]) this.slider.addEventListener(end, () => this.look(this.home));
    this.around = h("span", { class: "around" });
    this.others = h("div", { class: "others" });
    this.film = h("div", { class: "film" }, h("div", { class: "scrubber" }, this.slider, this.around), this.others);
    this.hasBoxes = true;
    this.frame = null;
    signal.addEventListener("abort", () => this.show(null));
  }

  /** Show a frame, or none; at once, because its picture is decoded already. */
  show(frame) {
    clearTimeout(this.moreTimer);
    clearInterval(this.playTimer);
    this.loading?.abort();
    this.frame = frame;
    this.strip = null;
    this.home = this.at = 0;
    this.heatCanvas.hidden = this.mark.hidden = true;
    this.slider.disabled = !frame;
    this.slider.max = 2;
    this.slider.value = 1;
    write(this.around, "");
    put(this.others);
    if (!frame) {
      this.canvas.hidden = true;
      put(this.boxes);
      return;
    }
    this.draw(frame.bitmap);
    const { facts } = frame;
    this.canvas.setAttribute("aria-label", t("watch.picture", { camera: facts.camera, time: clockTime(facts.captured_s), words: facts.words }));
    this.drawBoxes();
    this.loading = new AbortController();
    this.isStripAsked = this.isHeatAsked = false;
    this.drawOthers(facts.pictures);
    this.moreTimer = setTimeout(() => this.loadHeat(), MORE_AFTER_MS);
  }

  draw(bitmap) {
    const { canvas } = this;
    if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
    }
    canvas.getContext("2d", { alpha: false }).drawImage(bitmap, 0, 0);
    canvas.hidden = false;
  }

  drawBoxes() {
    const { bitmap, facts } = this.frame;
    const { width, height } = bitmap;
    this.boxes.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const isShown = this.hasBoxes && this.at === this.home;
    put(this.boxes, isShown ? drawBoxes(facts.boxes, width, height) : []);
  }

  /** Boxes on or off; whether this frame has any. */
  toggleBoxes() {
    this.hasBoxes = !this.hasBoxes;
    if (this.frame) this.drawBoxes();
    return !this.frame || this.frame.facts.boxes.length > 0;
  }

  async loadHeat() {
    if (!this.frame || this.isHeatAsked) return;
    this.isHeatAsked = true;
    const { frame } = this;
    const { signal } = this.loading;
    const bitmap = await pictureAt(`${pathOf(frame)}/heat`, signal).catch((error) => (error.status === 404 ? null : undefined));
    if (signal.aborted) return;
    if (bitmap === undefined) {
      // A lost connection is told on top of the page; asked again with the next wish.
      this.isHeatAsked = false;
      if (this.isHeatWanted) write(this.mark, t("lost.short"));
      return;
    }
    this.heatOf = { frame, isThere: Boolean(bitmap) };
    if (bitmap) paintHeat(this.heatCanvas, bitmap, this.canvas);
    this.setHeat(this.isHeatWanted);
  }

  /** Show the heat map for as long as it is wanted; say so where there is none. */
  setHeat(isOn) {
    this.isHeatWanted = isOn;
    const isKnown = Boolean(this.frame) && this.heatOf?.frame === this.frame;
    this.heatCanvas.hidden = !isOn || !isKnown || !this.heatOf.isThere;
    this.mark.hidden = !isOn || !this.frame || (isKnown && this.heatOf.isThere);
    if (this.mark.hidden) return;
    write(this.mark, t(isKnown ? "watch.heat.none" : "watch.heat.loading"));
    this.loadHeat();
  }

  /** Fetch what was before and after; only when somebody wants to see it. */
  askStrip() {
    if (!this.frame || this.isStripAsked) return;
    this.isStripAsked = true;
    write(this.around, t("watch.strip.loading"));
    const { signal } = this.loading;
    this.loadStrip(signal).catch(() => {
      // A lost connection is told on top of the page; asked again with the next wish.
      if (signal.aborted) return;
      this.isStripAsked = false;
      write(this.around, t("lost.short"));
    });
  }

  async loadStrip(signal) {
    const { frame } = this;
    const path = `${pathOf(frame)}/strip`;
    const listed = await getJson(path, { signal, limit_ms: 10_000 });
    const fetched = await Promise.all(listed.map(async (one) => ({ bitmap: await pictureAt(`${path}/${one.index}`, signal).catch(() => null), captured_s: one.captured_s })));
    if (signal.aborted) return;
    const strip = fetched.filter((one) => one.bitmap);
    strip.push({ bitmap: frame.bitmap, captured_s: frame.facts.captured_s, isHome: true });
    strip.sort((one, other) => one.captured_s - other.captured_s);
    this.strip = strip.length > 1 ? strip : null;
    this.home = this.at = this.strip ? strip.findIndex((one) => one.isHome) : 0;
    this.slider.max = Math.max(1, strip.length - 1);
    this.slider.value = this.home;
    this.slider.disabled = !this.strip;
    write(this.around, this.strip ? "" : t("watch.strip.none"));
    if (this.isPlayWanted) this.play(true);
  }

  /** The incident's other pictures, each fetched when it is looked at. */
  drawOthers(ids) {
    put(this.others, ids.slice(-4).map((id, index) => this.other(id, index + 1)));
  }

  other(id, number) {
    const { signal } = this.loading;
    const words = t("watch.more.one", { index: number });
    const back = () => { button.isLookedAt = false; this.look(this.home); };
    const look = async () => {
      button.isLookedAt = true;
      button.bitmap ??= await pictureAt(`frames/${segment(id)}`, signal).catch(() => null);
      if (!button.bitmap || signal.aborted) return;
      const small = h("canvas", { width: 128, height: 72, "aria-hidden": "true" });
      small.getContext("2d").drawImage(button.bitmap, 0, 0, 128, 72);
      put(button, small);
      if (button.isLookedAt) this.peek(button.bitmap, words);
    };
    const button = h("button", { type: "button", class: "other", "aria-label": words, onpointerenter: look, onfocus: look, onpointerleave: back, onblur: back }, String(number));
    return button;
  }

  /** Show another picture for a moment, saying so. */
  peek(bitmap, words) {
    this.at = -1;
    this.draw(bitmap);
    put(this.boxes);
    this.mark.hidden = false;
    write(this.mark, words);
  }

  /** Look at one picture of the strip. */
  look(index) {
    if (!this.frame) return;
    const one = this.strip?.[index] ?? { bitmap: this.frame.bitmap, isHome: true };
    this.at = one.isHome ? this.home : index;
    this.draw(one.bitmap);
    this.drawBoxes();
    this.slider.value = this.at;
    this.mark.hidden = Boolean(one.isHome);
    const away_s = (one.captured_s ?? 0) - this.frame.facts.captured_s;
    const words = t("watch.strip.at", { seconds: `${away_s > 0 ? "+" : "−"}${Math.abs(away_s).toFixed(1)}` });
    if (!one.isHome) write(this.mark, words);
    this.slider.setAttribute("aria-valuetext", one.isHome ? t("watch.strip.now") : words);
  }

  step(by) {
    if (this.strip) this.look(Math.min(this.strip.length - 1, Math.max(0, this.at + by)));
    else this.askStrip();
  }

  /** Play from the oldest picture on, round and round, until told to stop. */
  play(isOn) {
    clearInterval(this.playTimer);
    this.isPlayWanted = isOn;
    if (!this.frame) return;
    if (!isOn) return this.look(this.home);
    if (!this.strip) return this.askStrip();
    this.look(0);
    this.playTimer = setInterval(() => this.look((this.at + 1) % this.strip.length), PLAY_MS);
  }
}

function pathOf(frame) {
  return `frames/${segment(frame.facts.frame_id)}`;
}

async function pictureAt(path, signal) {
  const { blob } = await getPicture(path, { signal });
  return createImageBitmap(blob);
}

/** Boxes, the strongest last and on top; a label that would cover another one is left out. */
function drawBoxes(boxes, width, height) {
  const size = Math.max(11, width / 72);
  const taken = [];
  const strongest = [...boxes].sort((one, other) => other.strength - one.strength);
  return strongest.map((box) => drawBox(box, width, height, size, taken)).reverse();
}

function drawBox(box, width, height, size, taken) {
  const [x, y] = [box.left * width, box.top * height];
  const [wide, high] = [(box.right - box.left) * width, (box.bottom - box.top) * height];
  const frame = { x, y, width: wide, height: high, rx: size / 5 };
  const below = y + high + size * 1.6 < height ? y + high + size * 1.1 : y + size * 1.3;
  const top = y > size * 1.6 ? y - size * 0.45 : below;
  const length = box.label.length * size * 0.6;
  const left = Math.max(0, Math.min(x, width - length));
  const isFree = taken.every((one) => Math.abs(one.top - top) > size || one.left + one.length < left || left + length < one.left);
  if (isFree) taken.push({ top, left, length });
  return svg("g", { class: "box", opacity: 0.45 + 0.55 * Math.min(1, box.strength) },
    svg("rect", { ...frame, class: "under", "stroke-width": size / 3.6 }), svg("rect", { ...frame, class: "over", "stroke-width": size / 8 }),
    isFree ? svg("text", { x: left, y: top, "font-size": size, "stroke-width": size / 4 }, box.label) : null);
}

/** Grey to warm and see-through: little evidence leaves the picture as it is. */
function paintHeat(canvas, bitmap, picture) {
  const small = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = small.getContext("2d");
  context.drawImage(bitmap, 0, 0);
  const image = context.getImageData(0, 0, bitmap.width, bitmap.height);
  for (let place = 0; place < image.data.length; place += 4) {
    const strength = image.data[place];
    image.data.set([255, 230 - strength * 0.72, 60 - strength * 0.2, Math.min(215, strength * 1.05)], place);
  }
  context.putImageData(image, 0, 0);
  canvas.width = picture.width;
  canvas.height = picture.height;
  const large = canvas.getContext("2d");
  large.imageSmoothingQuality = "high";
  large.drawImage(small, 0, 0, canvas.width, canvas.height);
}
