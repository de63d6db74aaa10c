// One topic a screen: native radio buttons and text fields, and "rather not say" at every question.
import { button, h, paragraph } from "../dom.js";
import { RATHER_NOT_SAY, accepts, route as routed } from "../form.js";
import { own, t } from "../i18n.js";
import { changed, saveQuietly } from "../keeping.js";
import { define, go, here } from "../page.js";
import { app } from "../state.js";
import { firstStep, nextStep, progress, stepBack } from "./steps.js";

define("question", (route) => {
  const screen = app.form.screens.find(({ key }) => key === route.key);
  const isFirst = firstStep()[1]?.key === route.key;
  const blocks = screen.items.map((item) => ({ item, element: question(item) }));
  const reveal = () => {
    const shown = routed(app.form, app.answers);
    for (const { item, element } of blocks) element.hidden = !shown.has(item.key);
  };
  reveal();
  // While typing, never at leaving a field: a button that moves away under a finger is not pressed.
  return {
    title: own(screen.title),
    step: progress(route),
    leave: saveQuietly,
    body: [
      own(screen.intro) && paragraph(own(screen.intro), { class: "lead" }),
      isFirst && paragraph(t("optional"), { class: "hint" }),
      h("form", { novalidate: true, autocomplete: "off", onsubmit: forward, oninput: reveal },
        blocks.map(({ element }) => element), turning()),
    ],
  };
});

define("about", (route) => ({
  title: t("about"),
  step: progress(route),
  leave: saveQuietly,
  body: [
    paragraph(t("about_intro"), { class: "lead" }),
    h("form", { autocomplete: "off", onsubmit: forward }, app.form.about.map(cut), turning()),
  ],
}));

/** Back and forward, in the order of reading and of the tab key. */
const turning = () =>
  h("p", { class: "go" },
    h("button", { type: "submit", class: "main" }, t("next")), button(t("back"), stepBack, { class: "second" }));

/** Goes on, unless a number is not right: the reader is brought to it. */
function forward(event) {
  event.preventDefault();
  const fields = [...event.target.querySelectorAll("fieldset:not([hidden]) [data-number]")];
  const wrong = fields.find((field) => !field.check());
  if (wrong) wrong.focus();
  else go(...nextStep(here()));
}

const question = (item) => (item.kind === "number" ? numberQuestion(item) : choiceQuestion(item));

function answer(item, code) {
  if (code === null) delete app.answers[item.key];
  else app.answers[item.key] = code;
  changed();
}

function choiceQuestion(item) {
  const labels = item.options.map((option) => own(option.label));
  const options = item.options.map(({ code }, place) => ({ value: code, label: labels[place] }));
  const choose = (code) => answer(item, code);
  return group(item.key, own(item.text), layout(labels), options, RATHER_NOT_SAY, app.answers[item.key], choose);
}

function cut({ key, text, options }) {
  const choices = options.map((option) => ({ value: option.key, label: own(option.label) }));
  const choose = (category) => {
    app.about[key] = category;
    changed();
  };
  const kind = layout(choices.map(({ label }) => label));
  return group(`about-${key}`, own(text), kind, choices, "", app.about[key], choose);
}

/** Short answers stand beside each other, a scale does so where there is room, everything else is a list. */
function layout(labels) {
  const longest = Math.max(...labels.map((label) => label.length));
  if (labels.length <= 3 && longest <= 12) return "few";
  return labels.length <= 7 && longest <= 32 ? "scale" : "list";
}

function group(name, text, kind, options, declined, chosen, choose) {
  const option = ({ value, label }, style) =>
    h("label", { class: style },
      h("input", { type: "radio", name, value, ".checked": value === chosen, oninput: () => choose(value) }),
      h("span", {}, label));
  return h("fieldset", { class: "question" },
    h("legend", {}, text),
    h("div", { class: `options ${kind}` }, options.map((one) => option(one, "option"))),
    option({ value: declined, label: t("rather_not") }, "option rather-not"));
}

function numberQuestion(item) {
  const { key, low, high } = item;
  const code = app.answers[key];
  const isDeclined = code === RATHER_NOT_SAY;
  const ids = { hint: `${key}-hint`, error: `${key}-error` };
  const error = h("p", { class: "error", id: ids.error, "aria-live": "polite" });
  const field = h("input", {
    id: `${key}-field`, class: "number", inputmode: "numeric", autocomplete: "off", maxlength: 12, "data-number": key,
    ".value": app.typed[key] ?? (code === undefined || isDeclined ? "" : String(code)),
    "aria-describedby": `${ids.hint} ${ids.error}`,
  });
  const declined = h("input", { type: "checkbox", ".checked": isDeclined });
  field.check = () => {
    const typed = field.value.trim();
    const number = /^-?\d+$/.test(typed) ? Number(typed) : NaN;
    const isGood = typed === "" || (number >= 0 && accepts(item, number));
    error.textContent = isGood ? "" : t("number_error", { low, high });
    field.setAttribute("aria-invalid", String(!isGood));
    return isGood;
  };
  field.addEventListener("input", () => {
    const typed = field.value.trim();
    const number = /^\d+$/.test(typed) ? Number(typed) : null;
    const isGood = number !== null && accepts(item, number);
    if (typed) declined.checked = false;
    if (isGood || !typed) delete app.typed[key];
    else app.typed[key] = field.value;
    answer(item, isGood ? number : declined.checked ? RATHER_NOT_SAY : null);
    if (field.getAttribute("aria-invalid") === "true") field.check();
  });
  declined.addEventListener("input", () => {
    if (declined.checked) field.value = "";
    delete app.typed[key];
    answer(item, declined.checked ? RATHER_NOT_SAY : null);
    field.check();
  });
  if (app.typed[key]) field.check();
  return h("fieldset", { class: "question" },
    h("legend", {}, h("label", { for: field.id }, own(item.text))),
    h("p", { class: "hint", id: ids.hint }, t("number_hint", { low, high })),
    field, error,
    h("label", { class: "option rather-not" }, declined, h("span", {}, t("rather_not_number"))));
}
