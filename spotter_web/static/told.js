// A list and the stream that tells of its changes: whichever of the two comes last, the stream is right.
//
// A list shows the moment at which it was asked for; on its way it may be overtaken by what happens
// after. Every later change comes by the stream, so what the stream told since the question wins.

import * as events from "./events.js";

/** Ask for a list, and give it with what the event `name` told meanwhile, the newest of each key. */
export async function askAndHear(name, keyOf, ask) {
  const told = new Map();
  const heard = new AbortController();
  events.on(name, (item) => told.set(keyOf(item), item), heard.signal);
  try {
    return { answer: await ask(), told };
  } finally {
    heard.abort();
  }
}
