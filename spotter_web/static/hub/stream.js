// The one event stream of a browser: opened anew when it breaks, ages or goes silent.
//
// It is the presence of every page that watches: it names them, and a page that is left out, or
// whose stream ends, gives its leases back.

import { query } from "../api.js";

/** The server says `now` every few seconds; after so long without a word it is not heard. */
export const SILENT_MS = 12_000;
const RETRY_LEAST_MS = 500;
const RETRY_MOST_MS = 8_000;
const NAMES = ["tile", "waiting", "alarm", "unheld", "watch", "trouble", "signed_out", "now", "again"];

export class Stream {
  /** `tell(name, data)` is called with every event, and with "heard" and "silent". */
  constructor(name, tell) {
    this.name = name;
    this.tell = tell;
    this.source = null;
    this.retry_ms = RETRY_LEAST_MS;
    this.heard_ms = 0;
    setInterval(() => this.look(), 1000);
  }

  /** Open it for these pages, in the place of the one before. */
  open(watching, reviewing = []) {
    this.watching = watching;
    this.reviewing = reviewing;
    this.connect(this.source);
  }

  close() {
    clearTimeout(this.retryTimer);
    this.source?.close();
    this.source = this.watching = null;
  }

  /** Try again now, where the stream is down. */
  hurry() {
    if (this.watching && this.source?.readyState !== EventSource.OPEN) this.connect();
  }

  /** One that is renewed stays until the new one is there, so that nobody seems gone. */
  connect(before = null) {
    clearTimeout(this.retryTimer);
    if (!before) this.source?.close();
    const names = this.watching.join(",");
    const mine = (this.source = new EventSource(`/api/v1/events${query({ page: this.name, watching: names, reviewing: this.reviewing.join(",") })}`));
    this.heard_ms = performance.now();
    mine.onopen = () => {
      before?.close();
      this.retry_ms = RETRY_LEAST_MS;
      this.noteHeard();
    };
    mine.onerror = () => {
      before?.close();
      mine.close();
      if (mine === this.source) this.tryLater();
    };
    for (const name of NAMES) mine.addEventListener(name, (event) => mine === this.source && this.take(name, event.data));
  }

  tryLater() {
    this.tell("silent");
    // Not all at once after a restart of the server.
    this.retryTimer = setTimeout(() => this.watching && this.connect(), this.retry_ms * (0.5 + Math.random()));
    this.retry_ms = Math.min(this.retry_ms * 2, RETRY_MOST_MS);
  }

  take(name, text) {
    this.noteHeard();
    if (name === "again") this.connect(this.source);
    else this.tell(name, understand(text));
  }

  noteHeard() {
    this.heard_ms = performance.now();
    this.tell("heard");
  }

  look() {
    if (!this.source || performance.now() - this.heard_ms < SILENT_MS) return;
    this.tell("silent");
    this.connect();
  }
}

function understand(data) {
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}
