// What a page shows as a part of its address: kept by a reload, a bookmark and a link to somebody.

/** What the address says, by name. */
export function inAddress() {
  return Object.fromEntries(new URLSearchParams(location.search));
}

/** Have the address say these; empty ones are left out. The way back leads to the page before. */
export function putInAddress(values) {
  const given = Object.entries(values).filter(([, value]) => value);
  const search = given.length ? `?${new URLSearchParams(given)}` : "";
  history.replaceState(history.state, "", location.pathname + search);
}
