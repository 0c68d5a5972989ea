// How long the page took: entries of the browser's own timeline, for developers and for the bench.

export const KEY_TO_FRAME = "seda.key-to-frame";
const KEPT = 500;

/** Measure from an event until what it changed is on the screen. */
export function measureFrom(since_ms) {
  // The second callback runs only after the first one's changes were painted.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      if (performance.getEntriesByName(KEY_TO_FRAME).length >= KEPT) performance.clearMeasures(KEY_TO_FRAME);
      performance.measure(KEY_TO_FRAME, { start: since_ms, end: performance.now() });
    }),
  );
}
