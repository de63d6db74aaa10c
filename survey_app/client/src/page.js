// The frame around every screen: heading with languages and pause, the screen itself, going back and forth.
import { announce, button, h, present, svg } from "./dom.js";
import { language, nameOf, own, setLanguage, t } from "./i18n.js";
import { app } from "./state.js";

/** Screens by name; each draws itself from the state and gives {title, body, step?}. */
const views = {};
const VISIT = Math.random();
let route = null;

export const define = (name, draw) => (views[name] = draw);
export const here = () => route;

/** Goes to a screen; browser history follows, unless `replace` puts it in the place of this one. */
export function go(name, details = {}, { replace = false } = {}) {
  const stays = replace || route === null;
  const depth = (route?.depth ?? 0) + (stays ? 0 : 1);
  const next = { name, visit: VISIT, depth, ...details };
  history[stays ? "replaceState" : "pushState"](next, "");
  show(next);
}

/** Goes back in the history of the browser, or to `before` where that would lead out of the page. */
export function goBack(before = ["welcome"]) {
  if (route.depth > 0) history.back();
  else go(before[0], before[1], { replace: true });
}

/** Only where this very page has put it: what a reload has left in the history leads nowhere. */
addEventListener("popstate", ({ state }) => {
  if (route && state?.visit === VISIT && !app.isOver) show(state);
});

/** Draws a screen and brings the reader to its heading; a page that has only just opened is read from the top. */
export function show(next) {
  const isFirst = route === null;
  route?.leave?.();
  route = next;
  if (["question", "about", "check"].includes(next.name)) app.place = next.key ?? next.name;
  announce("");
  draw();
  if (!isFirst) document.querySelector("h1").focus({ preventScroll: true });
  scrollTo(0, 0);
}

/** Draws the screen again as it is, such as in another language. */
export function draw() {
  const wasAtHeading = document.activeElement?.tagName === "H1";
  const { title, body, step, leave } = views[route.name](route);
  route.leave = leave;
  const survey = app.manifest ? own(app.manifest.title) : "Peil";
  document.title = [step && t("step", step), title, survey !== title && survey].filter(Boolean).join(" · ");
  document.body.dataset.screen = route.name;
  const heading = h("h1", { tabindex: "-1" }, title);
  const progress = step && h("div", { class: "step" }, h("p", {}, t("step", step)), bar(step));
  document.getElementById("top").replaceChildren(...frame());
  document.getElementById("content").replaceChildren(...present([progress, heading, body]));
  if (wasAtHeading) heading.focus({ preventScroll: true });
}

const bar = ({ n, m }) =>
  svg("svg", { "aria-hidden": "true", viewBox: `0 0 ${m} 1`, preserveAspectRatio: "none" },
    svg("rect", { width: m, height: 1, class: "rest" }),
    svg("rect", { width: n, height: 1, class: "gone" }));

function frame() {
  const name = app.manifest && h("p", { class: "who" }, app.manifest.organisation);
  const skip = h("a", { class: "skip", href: "#content", onclick: skipToContent }, t("skip"));
  const place = { kiosk: "kiosk", standalone: "standalone" }[app.mode];
  return [skip, h("div", { class: "brand" }, mark(), name), h("div", { class: "tools" }, tools()),
    place && h("p", { class: "place" }, t(place))].filter(Boolean);
}

function tools() {
  const others = app.languages.filter((tag) => tag !== language());
  const canPause = app.mode !== "kiosk" && ["question", "about", "check"].includes(route.name) && !app.isClosed;
  const canStop = app.mode === "kiosk" && !["code", "thanks"].includes(route.name);
  return [
    others.map((tag) => button(nameOf(tag), () => switchTo(tag), { lang: tag, class: "language" })),
    canPause && button(t("pause"), () => go("pause"), { class: "quiet" }),
    canStop && button(t("kiosk_stop"), () => app.wipe(), { class: "quiet" }),
  ];
}

/** A gauge with its pointer above the middle. */
const mark = () =>
  svg("svg", { class: "mark", viewBox: "0 0 32 32", "aria-hidden": "true" },
    svg("path", { d: "M4 22a12 12 0 0 1 24 0", class: "arc" }),
    svg("path", { d: "M16 22 21 12", class: "pointer" }),
    svg("circle", { cx: 16, cy: 22, r: 2.5, class: "hub" }));

function switchTo(tag) {
  const position = scrollY;
  setLanguage(tag);
  draw();
  document.querySelector(".language").focus({ preventScroll: true });
  scrollTo(0, position);
}

function skipToContent(event) {
  event.preventDefault();
  document.getElementById("content").focus();
}
