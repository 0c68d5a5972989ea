// A suggestion to rest after long on watch: gentle, and never forced.

import { getJson } from "../api.js";
import { length } from "../clock.js";
import * as notices from "../notices.js";
import { t } from "../text.js";

const EVERY_MS = 60_000;
const LATER_MS = 10 * 60_000;
let quietUntil_ms = 0;

/** Look now and then how long this person has been on watch. */
export function begin(session, signal) {
  const look = async () => {
    if (performance.now() < quietUntil_ms || document.visibilityState !== "visible") return;
    const figures = await getJson("session/figures", { signal }).catch(() => null);
    if (!figures || figures.on_watch_s < session.rest_after_s) return notices.drop("rest");
    notices.keep("rest", t("watch.rest", { time: length(figures.on_watch_s) }), { does: { says: t("watch.rest.later"), action: later } });
  };
  const timer = setInterval(look, EVERY_MS);
  look();
  signal.addEventListener("abort", () => {
    clearInterval(timer);
    notices.drop("rest");
  });
}

function later() {
  quietUntil_ms = performance.now() + LATER_MS;
  notices.drop("rest");
}
