// What all tabs of a browser share: one event stream and one request for frames that waits.
//
// A browser has six connections to a server, however many tabs it has. So the tabs talk to one hub,
// each by a port, and the hub talks to the server: in a shared worker where there is one, else in
// one of the tabs (client.js). No DOM here.

import { onNews } from "../api.js";
import { hold, newName, whenGone } from "./locks.js";
import { Polls } from "./polls.js";
import { Stream } from "./stream.js";

/** Tabs that come together make one stream. */
const TOGETHER_MS = 20;
const REQUESTS = new Set(["live", "listen", "hush", "bye", "want", "change", "rest", "hurry"]);

export class Hub {
  constructor() {
    this.name = newName("hub");
    this.isAlive = hold(this.name);
    this.tabs = new Set();
    this.stream = new Stream(this.name, (event, data) => this.tellAll({ event, data }));
    this.polls = new Polls((tab, answer) => tab.port.postMessage({ answer }));
    onNews((news) => this.tellAll({ news }));
  }

  tellAll(message) {
    for (const tab of this.tabs) tab.port.postMessage(message);
  }

  /** Take a tab in; it is told by which lock it can see that the hub is alive. */
  join(port) {
    const tab = { port, page: "", isListening: false, isWatching: false, isReviewing: false };
    this.tabs.add(tab);
    port.onmessage = ({ data }) => REQUESTS.has(data.does) && this[data.does](tab, data);
    port.onclose = () => this.bye(tab);
    this.isAlive.then(() => port.postMessage({ hello: this.name }));
  }

  /** A tab says by which lock one can see that it is alive. */
  live(tab, { name }) {
    whenGone(name, null, () => this.bye(tab));
  }

  /** A tab was closed, crashed, or speaks with another hub. */
  bye(tab) {
    if (!this.tabs.delete(tab)) return;
    this.hush(tab);
    tab.port.close?.();
  }

  listen(tab, { page, isWatching, isReviewing = false }) {
    Object.assign(tab, { page, isWatching, isReviewing, isListening: true });
    this.restream();
  }

  /** Its person is not here: the request first, or it would be given what is set free. */
  hush(tab) {
    this.polls.rest(tab);
    tab.isListening = false;
    this.restream();
  }

  want(tab, { want }) {
    this.polls.want(tab, want);
  }

  change(tab, { want }) {
    this.polls.change(tab, want);
  }

  rest(tab) {
    this.polls.rest(tab);
  }

  hurry() {
    this.stream.hurry();
  }

  /** The server tells a stream from its beginning what there is, so each tab that comes gets one. */
  restream() {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      const tabs = [...this.tabs].filter((tab) => tab.isListening);
      if (!tabs.length) return this.stream.close();
      const pages = (does) => tabs.filter((tab) => tab[does]).map((tab) => tab.page);
      this.stream.open(pages("isWatching"), pages("isReviewing"));
    }, TOGETHER_MS);
  }
}
