// Runs before anything is painted: the theme, and the first frame on its way.
//
// On a cold cache the page, its style, this file, the session and the frame are all that is asked
// for before somebody sees a picture; every module comes after it. What is asked for here is left
// in `seda.early` and taken over by watch/frames.js and app.js.
(function () {
  "use strict";
  const root = document.documentElement;
  let theme = null;
  try {
    theme = localStorage.getItem("seda.theme");
  } catch {
    // Storage may be forbidden: then the system decides.
  }
  if (theme === "dark" || theme === "light") root.dataset.theme = theme;

  const early = (window.seda = { early: {} }).early;
  const name = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
  const isLink = location.hash.startsWith("#link=");
  const isWatch = location.pathname === "/" && !isLink;
  const limit = () => ({ signal: AbortSignal.timeout(20_000) });
  early.page = name;
  if (!isLink) early.session = fetch("/api/v1/session", limit());
  // A promise that nobody has taken up yet must not count as an error that nobody handles.
  early.session?.catch(() => {});

  async function bringFrame() {
    const answer = await fetch(`/api/v1/next?page=${name}`, limit());
    if (answer.status === 204) return null;
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const facts = JSON.parse(answer.headers.get("Seda-Frame"));
    return { facts, bitmap: await createImageBitmap(await answer.blob()) };
  }

  function paint(frame) {
    const canvas = document.getElementById("early");
    if (!frame || !canvas) return;
    canvas.width = frame.bitmap.width;
    canvas.height = frame.bitmap.height;
    canvas.getContext("2d").drawImage(frame.bitmap, 0, 0);
    performance.mark("seda.first-frame");
  }

  const parsed = new Promise((resolve) =>
    document.addEventListener("DOMContentLoaded", resolve, { once: true }),
  );
  // A page that opens in the background watches nothing, so it takes no frame from anybody.
  if (isWatch && document.visibilityState === "visible") early.next = bringFrame();
  const ready = early.next ? early.next.then((frame) => parsed.then(() => paint(frame))) : parsed;
  // An answer that hangs must not keep everything else away.
  const patience = new Promise((resolve) => setTimeout(resolve, 1_500)).then(() => parsed);
  Promise.race([ready.catch(() => parsed), patience])
    // Both at once, or the second would be asked for only when the first has run.
    .then(() => Promise.all([import("/app.js"), isWatch ? import("/watch/watch.js") : null]))
    // A module that could not be fetched stays so until the page is loaded anew.
    .catch(() => {
      document.querySelector(".broken").hidden = false;
      setTimeout(() => location.reload(), 3_000);
    });
})();
