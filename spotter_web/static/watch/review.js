// The page where old frames are decided, without a clock: Watch with another list.

import { mount as mountWatch } from "./watch.js";

/** Show the page. */
export function mount(main, context, signal) {
  main.classList.add("watch");
  // A frame stays for as long as its page does.
  const session = { ...context.session, lease_s: Infinity };
  mountWatch(main, { ...context, session, isReview: true }, signal);
}
