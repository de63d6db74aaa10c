// What all steps share: texts in two languages, parts of the page that follow them, files in and out.
import english from "../../cli/council_texts/en.json";
import dutch from "../../cli/council_texts/nl.json";
import { Refusal } from "./refusal.js";

const TEXTS = { en: english, nl: dutch };
/** Shorter passphrases are refused. */
export const MIN_PASSPHRASE = 12;

/** What is being shown in each changing part of the page, to be shown again in the other language. */
const shown = new Map();
let language = "nl";

export const find = (selector, within = document) => within.querySelector(selector);

/** The sentence of `key` in the language of the page, its blanks filled from `values`. */
export function say(key, values = {}) {
  return TEXTS[language][key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

export const number = (value) => new Intl.NumberFormat(language).format(value);

/** A day written 2026-10-05, as people write it. */
export function day(written) {
  const date = new Date(`${written}T00:00:00Z`);
  const form = new Intl.DateTimeFormat(language === "nl" ? "nl-NL" : "en-GB", { dateStyle: "long", timeZone: "UTC" });
  return form.format(date);
}

export const currentLanguage = () => language;

/** Which survey a manifest is of. */
export const aboutSurvey = ({ title, wave, organisation, survey }) =>
  say("promise_survey", { title: title[language], wave, organisation, survey });

/** Turns the whole page to a language; nothing that was typed or loaded is lost. */
export function setLanguage(chosen) {
  language = chosen;
  document.documentElement.lang = chosen;
  document.title = `Peil: ${say("title")}`;
  for (const element of document.querySelectorAll("[data-t]")) {
    element.textContent = say(element.dataset.t, { length: MIN_PASSPHRASE });
  }
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", say(element.dataset.tLabel));
  }
  find("#language").lang = chosen === "nl" ? "en" : "nl";
  for (const [part, make] of shown) fill(part, make);
}

/** Fills a part of the page with what `make` makes, now and whenever the language changes. */
export function show(part, make) {
  shown.set(part, make);
  fill(part, make);
}

export function clear(part) {
  shown.delete(part);
  part.replaceChildren();
}

function fill(part, make) {
  part.replaceChildren(...[make()].flat(2).filter((child) => child !== null));
}

/** A new element: `el("p", { class: "small" }, "text", child)`. */
export function el(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(2));
  return element;
}

/** A table with a heading row; numbers stand to the right. */
export function table(caption, heads, rows) {
  const align = (value) => (typeof value === "number" ? { class: "number" } : {});
  const write = (value) => (typeof value === "number" ? number(value) : value);
  const first = rows[0] ?? [];
  return el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el(
      "table",
      { class: "grid" },
      el("caption", {}, caption),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          heads.map((head, place) => el("th", { scope: "col", ...align(first[place]) }, head)),
        ),
      ),
      el(
        "tbody",
        {},
        rows.map((row) =>
          el(
            "tr",
            {},
            row.map((value) => el("td", align(value), write(value))),
          ),
        ),
      ),
    ),
  );
}

/** Offers texts as downloads, in order, and gives buttons to save each again. */
export function save(files) {
  for (const [name, text] of files) download(name, text);
  return () => [
    el("p", { class: "small" }, say("saved_files")),
    el(
      "p",
      { class: "files" },
      files.map(([name, text]) =>
        el("button", { type: "button", click: () => download(name, text) }, say("save_again", { file: name })),
      ),
    ),
  ];
}

function download(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
  const link = el("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  // The browser needs the address until it has begun to write; a minute is long enough anywhere.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** The text of a file, without what editors add at its ends; refuses what is not UTF-8. */
export async function readText(file) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer()).trim();
  } catch {
    throw new Refusal("not_text", { file: file.name });
  }
}

/** Calls `take(text)` for each file chosen or dropped in a field; says what is wrong in the alert of its form. */
export function onFile(input, take) {
  const chosen = find(".chosen", input.closest(".field"));
  const names = new Set();
  const accept = (files) =>
    attempt(input.form, async () => {
      if (!input.multiple) names.clear();
      clear(chosen);
      for (const file of files) {
        await take(await readText(file));
        names.add(file.name);
        show(chosen, () => say("file_chosen", { file: [...names].join(", ") }));
      }
    });
  input.addEventListener("change", async () => {
    await accept([...input.files]);
    // So that the same file, when it was mended, can be chosen again.
    input.value = "";
  });
  return accept;
}

/** Runs `work` for a part of the page: one at a time, saying that it runs, and what was refused in its alert. */
export async function attempt(part, work) {
  if (part.dataset.busy) return;
  part.dataset.busy = "yes";
  const [error, working] = [find(".error", part), find(".working", part)];
  error.hidden = true;
  clear(error);
  if (working) show(working, () => say("working"));
  try {
    await pause();
    await work();
  } catch (cause) {
    if (!(cause instanceof Refusal)) console.error(cause);
    error.hidden = false;
    show(error, () =>
      cause instanceof Refusal ? say(cause.key, cause.values) : say("unexpected", { error: cause.message }),
    );
  } finally {
    if (working) clear(working);
    delete part.dataset.busy;
  }
}

/** Lets the browser draw what was changed, and react to the person. */
export const pause = () => new Promise((resolve) => setTimeout(resolve));
