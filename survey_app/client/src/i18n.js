// The words on screen. The texts come from survey_app/respond/texts/ and are put in by the build.
import { TEXTS } from "peil:texts";

const LANGUAGES = Object.keys(TEXTS);

/** The language of the screen; switching it loses nothing, because screens are drawn from the state. */
let current = choose(LANGUAGES);

export const language = () => current;

export function setLanguage(chosen) {
  current = chosen;
  document.documentElement.lang = chosen;
}

/** The first language of the browser that is offered; the server never hears of it. */
export function choose(offered) {
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  return wanted.find((tag) => offered.includes(tag)) ?? offered[0];
}

/** The text of a key, with {names} filled in. */
export function t(key, values = {}) {
  return TEXTS[current][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** The text in the language of the screen of what stands in a form or manifest. */
export const own = (texts) => texts[current] ?? Object.values(texts)[0];

/** A day of a manifest, such as "vrijdag 23 oktober 2026". */
export const day = (iso) =>
  new Intl.DateTimeFormat(current, { dateStyle: "full", timeZone: "UTC" }).format(new Date(iso));

/** A number with at most one decimal. */
export const number = (value) => new Intl.NumberFormat(current, { maximumFractionDigits: 1 }).format(value);

/** The name of a language in that language. */
export const nameOf = (tag) => TEXTS[tag].language;
