// Every camera in scope as a tile, the worst first. Tiles move calmly, and never under a hand.

import { inAddress, putInAddress } from "./address.js";
import { getJson, getPicture, segment } from "./api.js";
import { age, clockTime, length, now, setNow } from "./clock.js";
import { h, put, shape, write } from "./dom.js";
import * as events from "./events.js";
import * as notices from "./notices.js";
import { t } from "./text.js";
import { askAndHear } from "./told.js";

const ORDER_EVERY_MS = 5_000;
const PICTURE_EVERY_MS = 1_000;
const ALL_EVERY_MS = 30_000;
/** A picture that is older than this is no live picture. */
export const OLD_S = 15;
/** A tile is not smaller, unless the screen is. */
const TILE_LEAST_PX = 270;
const GAP_PX = 14;
const STATES = ["", "live", "connecting", "stalled", "frozen", "dark", "offline"];
const BELOW_PX = 48;

/** Show the wall; below the words of Watch it has no heading of its own. */
export function mount(place, { isBelow = false }, signal) {
  const wall = new Wall(signal);
  put(place, isBelow ? null : h("header", { class: "head" }, h("h1", {}, t("page.wall")), wall.summary, wall.filter), wall.grid);
  wall.begin(isBelow ? "" : inAddress().state);
}

class Wall {
  constructor(signal) {
    this.signal = signal;
    this.tiles = new Map();
    this.summary = h("p", { class: "summary" });
    this.state = h("select", { onchange: () => this.choose() }, STATES.map((state) => h("option", { value: state }, state ? t(`state.${state}`) : t("history.all"))));
    this.filter = h("label", { class: "filter" }, h("span", {}, t("wall.state")), this.state);
    this.grid = h("ul", { class: "wall-grid", "aria-label": t("page.wall") });
    this.sight = new IntersectionObserver((entries) => {
      for (const entry of entries) entry.target.tile.isSeen = entry.isIntersecting;
    });
    signal.addEventListener("abort", () => this.end());
    this.size = new ResizeObserver(() => this.fit());
  }

  /** As many columns as let every tile be seen, each as large as may be. */
  fit() {
    const shown = [...this.tiles.values()].filter((tile) => !tile.element.hidden);
    const count = shown.length;
    if (!count) return;
    const tile = shown[0].element;
    const wide = this.grid.clientWidth;
    const high = innerHeight - this.grid.getBoundingClientRect().top - scrollY - BELOW_PX;
    const words_px = tile.offsetHeight - tile.querySelector(".tile-picture").offsetHeight;
    const widthOf = (columns) => (wide + GAP_PX) / columns - GAP_PX;
    const fits = (columns) => Math.ceil(count / columns) * (widthOf(columns) * 9 / 16 + words_px + GAP_PX) <= high + GAP_PX;
    let columns = 1;
    while (columns < count && !fits(columns) && widthOf(columns + 1) >= TILE_LEAST_PX) columns += 1;
    this.grid.style.setProperty("--columns", String(columns));
  }

  /** Show the cameras of one state, or all. */
  choose() {
    putInAddress({ state: this.state.value });
    for (const tile of this.tiles.values()) this.sift(tile);
    this.fit();
  }

  sift(tile) {
    tile.element.hidden = Boolean(this.state.value) && tile.facts.state !== this.state.value;
  }

  begin(state) {
    if (STATES.includes(state)) this.state.value = state;
    this.size.observe(this.grid);
    addEventListener("resize", () => this.fit(), { signal: this.signal });
    events.on("tile", (tile) => this.take(tile), this.signal);
    this.timers = [
      setInterval(() => this.order(), ORDER_EVERY_MS),
      setInterval(() => this.tick(), PICTURE_EVERY_MS),
      setInterval(() => this.load(), ALL_EVERY_MS),
    ];
    this.load();
  }

  end() {
    for (const timer of this.timers) clearInterval(timer);
    this.sight.disconnect();
    this.size.disconnect();
    for (const tile of this.tiles.values()) tile.forget();
  }

  async load() {
    try {
      const { answer: wall, told } = await askAndHear("tile", (tile) => tile.camera, () => getJson("wall", { signal: this.signal }));
      setNow(wall.now_s);
      for (const tile of wall.tiles) if (!told.has(tile.camera)) this.take(tile);
      const names = new Set([...wall.tiles.map((tile) => tile.camera), ...told.keys()]);
      for (const [name, tile] of this.tiles) if (!names.has(name)) this.remove(name, tile);
      if (!this.tiles.size) put(this.grid, h("li", { class: "empty" }, t("wall.none")));
      this.order(true);
      this.tick();
    } catch (error) {
      if (!this.signal.aborted) notices.sayError(error);
    }
  }

  remove(name, tile) {
    tile.forget();
    tile.element.remove();
    this.tiles.delete(name);
  }

  take(facts) {
    let tile = this.tiles.get(facts.camera);
    if (!tile) {
      this.grid.querySelector(".empty")?.remove();
      tile = new TileView();
      this.tiles.set(facts.camera, tile);
      this.grid.append(tile.element);
      this.sight.observe(tile.element);
    }
    tile.show(facts);
    this.sift(tile);
    this.summarise();
  }

  summarise() {
    const facts = [...this.tiles.values()].map((tile) => tile.facts);
    const live = facts.filter((one) => one.state === "live").length;
    write(this.summary, t("wall.summary", { live, count: facts.length }));
  }

  /** Put the worst first: not while somebody points at a tile or is in it. */
  order(isAtOnce = false) {
    if (!isAtOnce && this.grid.matches(":hover, :focus-within")) return;
    const wanted = [...this.tiles.values()].sort((one, other) => one.facts.rank - other.facts.rank || (one.facts.camera < other.facts.camera ? -1 : 1));
    const isSame = wanted.every((tile, index) => this.grid.children[index] === tile.element);
    if (isSame) return;
    const before = new Map(wanted.map((tile) => [tile, tile.element.getBoundingClientRect()]));
    this.grid.append(...wanted.map((tile) => tile.element));
    if (!isAtOnce && !matchMedia("(prefers-reduced-motion: reduce)").matches) glide(before);
  }

  tick() {
    for (const tile of this.tiles.values()) tile.tick();
  }
}

function glide(before) {
  for (const [tile, was] of before) {
    const is = tile.element.getBoundingClientRect();
    if (was.x === is.x && was.y === is.y) continue;
    tile.element.animate([{ transform: `translate(${was.x - is.x}px, ${was.y - is.y}px)` }, { transform: "none" }], { duration: 400, easing: "ease-in-out" });
  }
}

class TileView {
  constructor() {
    this.img = h("img", { alt: "", hidden: true });
    this.name = h("h2", {});
    this.state = h("span", { class: "state" });
    this.fresh = h("span", { class: "fresh" });
    this.words = h("p", { class: "words" });
    this.band = h("span", { class: "band" });
    this.waiting = h("span", { class: "pill" });
    this.button = h("button", { type: "button", class: "tile", onclick: () => enlarge(this) },
      h("span", { class: "tile-picture" }, this.img, this.fresh),
      h("span", { class: "tile-head" }, this.name, this.state), h("span", { class: "tile-facts" }, this.band, this.waiting), this.words);
    this.element = h("li", {}, this.button);
    this.element.tile = this;
  }

  show(facts) {
    this.facts = facts;
    write(this.name, facts.camera);
    put(this.state, t(`state.${facts.state}`));
    this.button.dataset.state = facts.state;
    put(this.band, facts.band ? [shape(facts.band), t(`band.${facts.band}`)] : null);
    this.band.dataset.band = facts.band ?? "";
    write(this.waiting, facts.waiting ? t("wall.waiting", { count: facts.waiting }) : "");
    write(this.words, facts.maintenance ? t("wall.maintenance", { why: facts.maintenance }) : facts.state === "live" ? facts.words : facts.why);
    this.tick();
  }

  tick() {
    const { pictured_s } = this.facts;
    const isOld = pictured_s === null || now() - Math.max(pictured_s, this.captured_s ?? 0) > OLD_S;
    this.button.classList.toggle("is-old", isOld);
    write(this.fresh, pictured_s === null ? t("wall.no-picture") : isOld ? t("wall.old", { age: age(pictured_s) }) : "");
    if (this.isSeen && document.visibilityState === "visible") this.loadPicture();
  }

  async loadPicture() {
    if (this.isLoading || (this.shown_s && this.facts.pictured_s <= this.shown_s)) return;
    this.isLoading = true;
    try {
      const { blob, headers } = await getPicture(`cameras/${segment(this.facts.camera)}/picture`);
      this.captured_s = Number(headers.get("Seda-Captured"));
      this.shown_s = Math.max(this.captured_s, this.facts.pictured_s ?? 0);
      this.put(blob);
    } catch {
      // The tile says how old its picture is, which is what matters.
    } finally {
      this.isLoading = false;
    }
  }

  put(blob) {
    const before = this.img.src;
    this.img.src = URL.createObjectURL(blob);
    this.img.hidden = false;
    if (before) URL.revokeObjectURL(before);
  }

  forget() {
    if (this.img.src) URL.revokeObjectURL(this.img.src);
  }
}

/** One camera large, live, with all that is known of its state in words. */
function enlarge(tile) {
  const img = h("img", { alt: t("watch.live") });
  const when = h("p", { class: "when-live" });
  const { facts } = tile;
  const dialog = h("dialog", { class: "sheet wide", "aria-labelledby": "camera-title" });
  const controller = new AbortController();
  const rows = [
    [t("wall.state"), `${t(`state.${facts.state}`)}, ${t("wall.for", { time: length(now() - facts.since_s) })}`],
    [t("wall.why"), facts.why || t("wall.all-well")],
    [t("watch.why"), facts.words],
    [t("wall.maintenance.label"), facts.maintenance],
    [t("watch.instructions"), facts.instructions],
  ].filter(([, words]) => words);
  put(dialog, h("h2", { id: "camera-title" }, facts.camera), h("div", { class: "large" }, img), when,
    h("dl", { class: "facts-list" }, rows.map(([name, words]) => [h("dt", {}, name), h("dd", {}, words)])),
    h("div", { class: "row end" },
      h("a", { class: "button", href: `/history?camera=${segment(facts.camera)}`, onclick: () => dialog.close() }, t("wall.history")),
      h("button", { type: "button", class: "button main", onclick: () => dialog.close() }, t("close"))));
  dialog.addEventListener("close", () => { controller.abort(); dialog.remove(); });
  document.body.append(dialog);
  dialog.showModal();
  keepLive(facts.camera, img, when, controller.signal);
}

async function keepLive(camera, img, when, signal) {
  while (!signal.aborted) {
    try {
      const { blob, headers } = await getPicture(`cameras/${segment(camera)}/picture`, { signal });
      if (img.src) URL.revokeObjectURL(img.src);
      img.src = URL.createObjectURL(blob);
      const captured_s = Number(headers.get("Seda-Captured"));
      const isOld = now() - captured_s > OLD_S;
      img.classList.toggle("is-old", isOld);
      write(when, t(isOld ? "watch.live.old" : "watch.live.at", { time: clockTime(captured_s), age: age(captured_s) }));
    } catch {
      if (!signal.aborted) write(when, t("watch.live.none"));
    }
    await new Promise((resolve) => setTimeout(resolve, PICTURE_EVERY_MS));
  }
  if (img.src) URL.revokeObjectURL(img.src);
}
