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
    this.canvas = h("canvas", { class: "picture", role: "img" });
    this.heatCanvas = h("canvas", { class: "heat", hidden: true, "aria-hidden": "true" });
    this.boxes = svg("svg", { class: "boxes", "aria-hidden": "true" });
    this.mark = h("p", { class: "mark", hidden: true });
    this.well = h("div", { class: "well" }, this.canvas, this.heatCanvas, this.boxes, this.mark);
    this.slider = h("input", { type: "range", class: "scrub", min: 0, max: 1, value: 0, step: 1, disabled: true, "aria-label": t("watch.key.play"), oninput: () => this.look(Number(this.slider.value)) });
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
    this.slider.disabled = true;
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
    this.isLoading = false;
    this.moreTimer = setTimeout(() => this.loadMore(), MORE_AFTER_MS);
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

  toggleBoxes() {
    this.hasBoxes = !this.hasBoxes;
    if (this.frame) this.drawBoxes();
  }

  /** Everything around the frame, one after the other, so that nothing delays the next frame. */
  async loadMore() {
    if (this.isLoading) return;
    this.isLoading = true;
    const frame = this.frame;
    const path = `frames/${segment(frame.facts.frame_id)}`;
    const { signal } = this.loading;
    try {
      await this.loadHeat(path, signal);
      await this.loadStrip(path, frame, signal);
      await this.loadOthers(frame.facts.pictures, signal);
    } catch {
      // Left out: the frame itself is there. A lost connection is told on top of the page.
      if (!signal.aborted) this.isLoading = false;
    }
  }

  async loadHeat(path, signal) {
    const bitmap = await pictureAt(`${path}/heat`, signal).catch(() => null);
    if (!bitmap || signal.aborted) return;
    paintHeat(this.heatCanvas, bitmap, this.canvas);
    this.hasHeat = this.frame;
    this.setHeat(this.isHeatWanted);
  }

  /** Show the heat map for as long as it is wanted. */
  setHeat(isOn) {
    this.isHeatWanted = isOn;
    this.heatCanvas.hidden = !isOn || this.hasHeat !== this.frame || !this.frame;
  }

  async loadStrip(path, frame, signal) {
    const listed = await getJson(`${path}/strip`, { signal, limit_ms: 10_000 });
    const strip = [];
    for (const one of listed) {
      const bitmap = await pictureAt(`${path}/strip/${one.index}`, signal).catch(() => null);
      if (signal.aborted) return;
      if (bitmap) strip.push({ bitmap, captured_s: one.captured_s });
    }
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

  async loadOthers(ids, signal) {
    for (const [index, id] of ids.slice(-4).entries()) {
      const bitmap = await pictureAt(`frames/${segment(id)}`, signal).catch(() => null);
      if (!bitmap || signal.aborted) return;
      const small = h("canvas", { width: 128, height: 72, "aria-hidden": "true" });
      small.getContext("2d").drawImage(bitmap, 0, 0, 128, 72);
      const words = t("watch.more.one", { index: index + 1 });
      const look = () => this.peek(bitmap, words);
      const back = () => this.look(this.home);
      this.others.append(h("button", { type: "button", class: "other", "aria-label": words, onpointerenter: look, onfocus: look, onpointerleave: back, onblur: back }, small));
    }
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
  }

  /** Play from the oldest picture on, round and round, until told to stop. */
  play(isOn) {
    clearInterval(this.playTimer);
    this.isPlayWanted = isOn;
    if (!this.frame) return;
    if (!isOn) return this.look(this.home);
    if (!this.strip) return this.waitForStrip();
    this.look(0);
    this.playTimer = setInterval(() => this.look((this.at + 1) % this.strip.length), PLAY_MS);
  }

  waitForStrip() {
    if (this.around.textContent !== "") return;
    write(this.around, t("watch.strip.loading"));
    this.loadMore();
  }
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
