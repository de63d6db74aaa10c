// Drawing the private mirror: a line with one's own dot on it, the national figure in words, and places to turn to.
import { h, paragraph, svg } from "../dom.js";
import { number, own, t } from "../i18n.js";
import { ownScore, place } from "../mirror.js";
import { app } from "../state.js";

export function mirror(answers) {
  const measures = app.form.mirror.map((measure) => [measure, ownScore(measure, answers)]);
  const seen = measures.filter(([, score]) => score !== null);
  if (!seen.length) return null;
  return h("section", { class: "card mirror" },
    h("h2", {}, t("mirror")),
    paragraph(t("mirror_intro")),
    seen.map(([measure, score]) => one(measure, score)));
}

function one(measure, score) {
  const { low, high, national, ends } = measure;
  return h("div", { class: "measure" },
    h("h3", {}, own(measure.name)),
    paragraph(t("mirror_score", { score: number(score), low, high })),
    scale(place(measure, score)),
    h("p", { class: "ends", "aria-hidden": "true" },
      h("span", {}, ends ? `${low} · ${own(ends.low)}` : low),
      h("span", {}, ends ? `${high} · ${own(ends.high)}` : high)),
    national && [
      h("p", {}, h("b", {}, `${t("mirror_national")}: `), own(national.text)),
      h("p", { class: "small" }, t("mirror_source", { source: own(national.source) })),
    ]);
}

/** The words above say the same, so screen readers pass over the drawing. */
const scale = (at) =>
  svg("svg", { class: "line", viewBox: "0 0 320 24", "aria-hidden": "true" },
    svg("line", { x1: 8, y1: 12, x2: 312, y2: 12 }),
    svg("circle", { cx: 8 + 304 * at, cy: 12, r: 8 }));

/** Where someone can turn to. */
export function places() {
  const { help } = app.form;
  if (!help.length) return null;
  return h("section", { class: "card" },
    h("h2", {}, t("help")),
    h("ul", { class: "places" }, help.map(({ name, text, phone, url }) =>
      h("li", {},
        h("b", {}, own(name)), " – ", own(text),
        phone && [" ", h("a", { href: `tel:${phone.replace(/[^+\d]/g, "")}` }, t("help_phone", { phone }))],
        url && [" ", h("a", { href: url, rel: "noreferrer" }, new URL(url).host)]))));
}
