// Requests for frames, for all tabs of a browser: one of them waits at the server, no more.
//
// A tab says what it has and wants one more. Where it has room it is asked for at once, without
// waiting. What then is left waits in turn: the request that stays at the server is that of the tab
// that has least, of several the one that was last touched; when it brings a frame there may be
// more, so the others with room ask again.

import { ask, query } from "../api.js";

const WAIT_S = 25;
/** An answer "nothing" that comes sooner than this is not asked for again at once. */
const EMPTY_MS = 1_000;
const RETRY_LEAST_MS = 300;
const RETRY_MOST_MS = 2_000;
/** One on the screen, and one ahead. */
const HELD_MOST = 2;

export class Polls {
  /** `deliver(tab, answer)` gives a tab its frame, or says that there is none. */
  constructor(deliver) {
    this.deliver = deliver;
    this.wants = new Map();
    this.waiting = null;
    this.turns = 0;
  }

  /** A tab asks; `want` is its page, what it has, and how many of them it could still decide. */
  want(tab, want) {
    this.rest(tab);
    const mine = { ...want, tab, isBusy: false, turn: ++this.turns, retry_ms: RETRY_LEAST_MS };
    this.wants.set(tab, mine);
    if (mine.held < HELD_MOST || mine.query.yields) this.ask(mine, 0);
    else this.settle();
  }

  /** A tab has more or less than when it asked; a request that waits already serves it. */
  change(tab, want) {
    const mine = this.wants.get(tab);
    if (!mine) return;
    Object.assign(mine, want, { turn: ++this.turns });
    if (mine !== this.waiting && !mine.isBusy && mine.held < HELD_MOST) this.ask(mine, 0);
    else this.settle();
  }

  /** A tab wants nothing any more. */
  rest(tab) {
    const mine = this.wants.get(tab);
    if (!mine) return;
    this.wants.delete(tab);
    this.end(mine);
    this.settle();
  }

  end(mine) {
    clearTimeout(mine.timer);
    mine.run?.abort();
    mine.isBusy = false;
    if (this.waiting === mine) this.waiting = null;
  }

  /** See to it that the right one waits. */
  settle() {
    const free = [...this.wants.values()].filter((mine) => !mine.isBusy || mine === this.waiting);
    // Who reviews is in no hurry.
    const [best] = free.sort((one, other) => Boolean(one.query.is_review) - Boolean(other.query.is_review) || one.held - other.held || other.turn - one.turn);
    const before = this.waiting;
    if (!best || best === before) return;
    if (before) this.end(before);
    this.waiting = best;
    this.ask(best, WAIT_S);
    // Its answer may have been on its way.
    if (before && before.held < HELD_MOST) this.ask(before, 0);
  }

  async ask(mine, wait_s) {
    mine.isBusy = true;
    mine.run = new AbortController();
    const { signal } = mine.run;
    const began_ms = performance.now();
    try {
      const path = `next${query({ page: mine.page, wait: wait_s || "", ...mine.query })}`;
      const answer = await ask("GET", path, { signal, limit_ms: (wait_s + 15) * 1000 });
      const yields = answer.headers.get("Seda-Yield");
      const blob = answer.status === 204 ? null : await answer.blob();
      if (signal.aborted) return;
      if (blob || yields) this.give(mine, { page: mine.page, facts: answer.headers.get("Seda-Frame"), blob, yields });
      else this.giveNothing(mine, wait_s && performance.now() - began_ms < EMPTY_MS ? EMPTY_MS : 0);
    } catch (error) {
      if (!signal.aborted) this.fail(mine, error);
    }
  }

  give(mine, answer) {
    this.wants.delete(mine.tab);
    this.end(mine);
    this.deliver(mine.tab, answer);
    for (const other of [...this.wants.values()]) if (!other.isBusy && other.held < HELD_MOST) this.ask(other, 0);
    this.settle();
  }

  giveNothing(mine, rest_ms) {
    this.end(mine);
    this.deliver(mine.tab, { page: mine.page, isNothing: true });
    if (rest_ms) this.later(mine, rest_ms);
    else this.settle();
  }

  fail(mine, error) {
    this.end(mine);
    this.deliver(mine.tab, { page: mine.page, isRefused: Boolean(error.status) });
    this.later(mine, Math.max(mine.retry_ms, (error.retryAfter_s ?? 0) * 1000));
    mine.retry_ms = Math.min(mine.retry_ms * 2, RETRY_MOST_MS);
  }

  later(mine, ms) {
    mine.isBusy = true;
    mine.timer = setTimeout(() => this.ask(mine, 0), ms);
    this.settle();
  }
}
