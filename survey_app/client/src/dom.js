// Making elements. Everything from outside is set as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element: attributes by name, properties that start with a dot, listeners that start with "on". */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name.startsWith(".")) element[name.slice(1)] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...present(children));
  return element;
}

/** Children of any depth, without the ones that a condition has left out. */
export const present = (children) =>
  children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== "");

/** A text in which **two stars** make words stand out. */
export const rich = (text) => text.split("**").map((part, place) => (place % 2 ? h("b", {}, part) : part));

export const paragraph = (text, attributes) => h("p", attributes, rich(text));

export const button = (label, onclick, attributes = {}) =>
  h("button", { type: "button", onclick, ...attributes }, label);

/** The place where news is put for everyone, and read out by screen readers. */
const news = () => document.getElementById("news");

/** Says something without moving anybody; an empty text takes it away. */
export function announce(text, isTrouble = false) {
  news().className = isTrouble ? "news trouble" : "news";
  if (news().textContent !== text) news().textContent = text;
}
