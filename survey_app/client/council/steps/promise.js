// Step 2: read the promise, compare it with the council's own list, sign it.
import { remember, requireKey } from "../held.js";
import { testOpening } from "../keys.js";
import {
  aboutSurvey,
  attempt,
  clear,
  currentLanguage,
  day,
  el,
  find,
  number,
  onFile,
  save,
  say,
  show,
  table,
} from "../page.js";
import { checkSigning, readPromise, unitsOfPromise, wordsOfPromise, writeWitness } from "../promise.js";
import { Refusal } from "../refusal.js";
import { afterSigning } from "../register.js";
import { compareWithRoster, readRoster } from "../roster.js";

/** Prepares the step; returns what takes a promise dropped on the page. */
export function startPromise() {
  let manifest = null;
  const form = find("#sign-form");
  const accept = onFile(find("#promise-file"), async (text) => {
    manifest = null;
    const read = await readPromise(text);
    manifest = read.manifest;
    show(find("#promise-text"), () => promiseText(read));
    find("#promise-agree").checked = false;
    find("#roster-part").hidden = false;
    find("#sign-form").hidden = manifest.level === 1;
    for (const part of ["#roster-result", "#promise-result"]) clear(find(part));
  });
  onFile(find("#roster-file"), (text) => {
    const differences = compareWithRoster(manifest, readRoster(text, manifest.wave));
    show(find("#roster-result"), () => rosterText(manifest, differences));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(form, async () => {
      if (manifest === null) throw new Refusal("no_file");
      const files = await sign(manifest);
      form.hidden = true;
      showSigned(manifest, files);
    });
  });
  return accept;
}

/** Signs, once the key has opened an envelope sealed for this very promise; returns the files to save. */
async function sign(manifest) {
  const { keys, register } = requireKey();
  if (!find("#promise-agree").checked) throw new Refusal("not_agreed");
  checkSigning(manifest, keys);
  const signed = afterSigning(register, manifest);
  await testOpening(keys, manifest.hash);
  return [["witness.json", await writeWitness(manifest, keys)], ...(await remember(signed))];
}

function showSigned(manifest, files) {
  const saved = save(files);
  const part = find("#promise-result");
  show(part, () => [
    el("h3", { tabindex: "-1", class: "done" }, say("promise_signed")),
    words(manifest, true),
    files.length > 1 ? el("p", { class: "warning" }, say("holder_keep_new")) : null,
    saved(),
  ]);
  find("h3", part).focus();
}

/** The recognition words; what to do with them is said once they are signed. */
function words(manifest, isSigned) {
  return el(
    "div",
    { class: "fingerprint" },
    el("p", { class: "small" }, say("promise_words")),
    el("p", { class: "big", lang: "zxx" }, wordsOfPromise(manifest)),
    isSigned ? el("p", { class: "small" }, say("promise_words_use")) : "",
  );
}

/** The promise in plain words. */
function promiseText({ manifest, questions }) {
  const units = unitsOfPromise(manifest);
  return [
    el("h3", {}, say("promise_heading")),
    el(
      "ul",
      {},
      promiseLines(manifest).map((line) => el("li", {}, line)),
    ),
    words(manifest, false),
    el("h3", {}, say("promise_units")),
    table(
      say("promise_units"),
      [say("promise_unit"), say("promise_here"), say("promise_below")],
      units.map((unit) => [
        unit.depth ? `${"\u2003".repeat(unit.depth)}${unit.name}` : unit.name,
        unit.invited,
        unit.group,
      ]),
    ),
    questions === null ? el("p", { class: "warning" }, say("promise_without_form")) : questionsText(questions),
  ];
}

function promiseLines(manifest) {
  const list = new Intl.ListFormat(currentLanguage());
  const { levels, cuts } = manifest.plan;
  return [
    aboutSurvey(manifest),
    say(`promise_level_${manifest.level}`, { address: manifest.independent_client }),
    say("promise_days", { opens: day(manifest.opens), closes: day(manifest.closes) }),
    manifest.rounds.length
      ? say("promise_rounds", { rounds: list.format(manifest.rounds.map(day)) })
      : say("promise_no_rounds"),
    say("promise_k", { k: manifest.k }),
    say("promise_k_invite", { k: manifest.k_invite }),
    say(levels < 2 ? `promise_levels_${levels}` : "promise_levels", { levels }),
    cuts.length ? say("promise_cuts", { cuts: list.format(cuts) }) : say("promise_no_cuts"),
    say("promise_objection", { days: manifest.objection_days }),
    say("promise_reissue", { percent: `${number(manifest.reissue_cap / 10)}%` }),
    say(manifest.assisted ? "promise_assisted" : "promise_not_assisted"),
  ];
}

function questionsText(questions) {
  const text = (texts) => texts[currentLanguage()] ?? Object.values(texts)[0] ?? "";
  return el(
    "details",
    {},
    el("summary", {}, say("promise_questions", { number: questions.length })),
    el(
      "ol",
      {},
      questions.map((texts) => el("li", {}, text(texts))),
    ),
  );
}

function rosterText(manifest, differences) {
  if (differences.length === 0) {
    const total = manifest.units.reduce((sum, unit) => sum + unit.invited, 0);
    return el("p", { class: "done" }, say("roster_equal", { number: number(total) }));
  }
  const line = (row) =>
    say("roster_line", { unit: row.unit, promised: number(row.promised), counted: number(row.counted) });
  return [
    el("p", { class: "warning" }, say("roster_differs")),
    el(
      "ul",
      {},
      differences.map((row) => el("li", {}, line(row))),
    ),
  ];
}
