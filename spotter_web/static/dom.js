// Makes elements. Whatever comes from outside becomes text here, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element: attributes as they are, `on...` as listeners, false and null left out. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...present(children));
  return element;
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** Put children in the place of what an element has. */
export function put(element, ...children) {
  element.replaceChildren(...present(children));
  return element;
}

/** Change a text only where it differs, so that what is read aloud is not read again. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A key as it looks on the keyboard. */
export function cap(key) {
  return h("kbd", { "aria-hidden": "true" }, key);
}

const SHAPES = {
  ordinary: svg("circle", { cx: 8, cy: 8, r: 5, fill: "none", stroke: "currentColor", "stroke-width": 2 }),
  noticeable: svg("path", { d: "M8 1.8 14.2 8 8 14.2 1.8 8z", fill: "currentColor" }),
  unusual: svg("path", { d: "M8 1.5 15 14H1z", fill: "currentColor" }),
  alarming: svg("path", { d: "M5 1h6l4 4v6l-4 4H5l-4-4V5z", fill: "currentColor" }),
};

/** A band's own shape, for those to whom its colour says nothing. */
export function shape(band) {
  const drawn = SHAPES[band] ?? SHAPES.ordinary;
  return svg("svg", { viewBox: "0 0 16 16", class: "shape", "aria-hidden": "true" }, drawn.cloneNode());
}

let dressed = null;

/** Fetch the style of the pages other than the first, once. */
export function dress() {
  dressed ??= new Promise((resolve) => {
    const link = h("link", { rel: "stylesheet", href: "/pages.css", onload: resolve, onerror: resolve });
    document.head.append(link);
  });
  return dressed;
}
