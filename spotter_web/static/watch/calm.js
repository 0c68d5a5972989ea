// What is said between frames: that there is nothing to decide only when that is true.
//
// True it is while the server is heard, every camera of this person is live and has learned what is
// usual there, and no frame waits.
// Otherwise it is said what is not so. The same tiles as on the wall say it.

import { getJson, onNews } from "../api.js";
import { h } from "../dom.js";
import * as events from "../events.js";
import { t } from "../text.js";
import { askAndHear } from "../told.js";

const ALL_EVERY_MS = 30_000;
/** What is wrong for longest comes first; a camera that is only connecting comes last. */
const STATES = ["offline", "dark", "frozen", "stalled", "connecting"];

export class Calm {
  /** `changed()` is called whenever something else is to be said. */
  constructor(signal, changed) {
    this.changed = changed;
    this.signal = signal;
    this.tiles = null;
    this.isHeard = false;
    this.isAnswered = true;
    events.on("tile", (tile) => this.take(tile), signal);
    events.on("heard", () => this.note("isHeard", true), signal);
    events.on("silent", () => this.note("isHeard", false), signal);
    onNews((news) => signal.aborted || this.note("isAnswered", news !== "lost"));
  }

  /** Ask for all tiles, now and then again, for as long as nothing else is shown. */
  setOn(isOn) {
    if (isOn === Boolean(this.timer)) return;
    clearInterval(this.timer);
    this.timer = isOn ? setInterval(() => this.load(), ALL_EVERY_MS) : 0;
    this.signal.addEventListener("abort", () => clearInterval(this.timer), { once: true });
    if (isOn) this.load();
  }

  async load() {
    try {
      const { answer, told } = await askAndHear("tile", (tile) => tile.camera, () => getJson("wall", { signal: this.signal }));
      this.tiles = new Map([...answer.tiles.map((tile) => [tile.camera, tile]), ...told]);
      this.changed();
    } catch {
      // Then what is known stays, and a lost connection is told by the stream.
    }
  }

  take(tile) {
    if (!this.tiles) return;
    this.tiles.set(tile.camera, tile);
    this.changed();
  }

  note(name, isSo) {
    if (this[name] === isSo) return;
    this[name] = isSo;
    this.changed();
  }

  /** Whether everything is known that a reassurance rests on. */
  get isKnown() {
    return this.tiles !== null && this.isHeard;
  }

  /** What is not as it should be, in words; nothing where all is well. */
  wrong() {
    if (!this.isHeard || !this.isAnswered) return [t("watch.calm.lost")];
    const tiles = [...(this.tiles?.values() ?? [])];
    if (!tiles.length) return [t("wall.none")];
    const watched = tiles.filter((tile) => !tile.maintenance);
    const states = STATES.map((state) => [state, watched.filter((tile) => tile.state === state)]);
    const said = states.filter(([, of]) => of.length).map(([state, of]) => sayState(state, of));
    const learning = watched.filter((tile) => tile.is_learning).length;
    if (learning) said.push(t("watch.calm.learning", { count: learning }));
    const waiting = tiles.reduce((sum, tile) => sum + tile.waiting, 0);
    return waiting ? [...said, t("watch.calm.waiting", { count: waiting })] : said;
  }

  /** The way to what is too old for the clock, where there is something. */
  review() {
    const count = [...(this.tiles?.values() ?? [])].reduce((sum, tile) => sum + (tile.review ?? 0), 0);
    return count ? h("a", { class: "to-review", href: "/review" }, t("watch.calm.review", { count })) : null;
  }

  get count() {
    return this.tiles?.size ?? 0;
  }
}

function sayState(state, tiles) {
  const words = t(`state.${state}`).toLowerCase();
  return tiles.length === 1 ? t("watch.calm.camera", { camera: tiles[0].camera, state: words }) : t("watch.calm.cameras", { count: tiles.length, state: words });
}
