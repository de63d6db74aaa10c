// Step 3: open the urn, once.
import { registerFor, remember, requireKey } from "../held.js";
import { countBy } from "../opened.js";
import { checkKeys, openUrn, readUrn } from "../opening.js";
import { aboutSurvey, attempt, clear, el, find, number, onFile, pause, save, say, show, table } from "../page.js";
import { unitName, wordsOfPromise } from "../promise.js";
import { Refusal } from "../refusal.js";
import { afterOpening } from "../register.js";

/** Prepares the step; returns what takes an urn dropped on the page. */
export function startUrn() {
  let urn = null;
  const form = find("#urn-form");
  const accept = onFile(find("#urn-file"), async (text) => {
    urn = null;
    urn = await readUrn(text).catch(() => {
      throw new Refusal("not_urn");
    });
    show(find("#urn-text"), () => urnText(urn));
    clear(find("#urn-result"));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(form, async () => {
      if (urn === null) throw new Refusal("no_file");
      const { opening, files } = await open(urn);
      showOpened(urn.manifest, opening, files);
    });
  });
  return accept;
}

/** Opens and keeps in the register which envelopes these were; returns what came out and the files to save. */
async function open(urn) {
  const { keys } = requireKey();
  checkKeys(urn.manifest, keys);
  const opened = afterOpening(registerFor(urn.manifest), urn.manifest, urn.hash);
  const bar = find("#urn-progress");
  bar.hidden = false;
  try {
    const opening = await openUrn(urn, keys, async (done, total) => {
      bar.value = done / total;
      show(find("#urn-form .working"), () => say("urn_progress", { done: number(done), total: number(total) }));
      await pause();
    });
    const kept = await remember(opened);
    return { opening, files: [["opened.json", opening.openedText], ["audit.json", opening.auditText], ...kept] };
  } finally {
    bar.hidden = true;
  }
}

function urnText({ manifest, envelopes, done, counts }) {
  const issued = Object.values(counts).reduce((sum, count) => sum + count.issued, 0);
  return [
    el("h3", {}, say("urn_heading")),
    el(
      "ul",
      {},
      el("li", {}, aboutSurvey(manifest)),
      el("li", {}, say("urn_words", { words: wordsOfPromise(manifest) })),
      el(
        "li",
        {},
        say("urn_envelopes", {
          envelopes: number(envelopes.length),
          done: number(done),
          issued: number(issued),
        }),
      ),
    ),
  ];
}

function showOpened(manifest, opening, files) {
  const saved = save(files);
  const part = find("#urn-result");
  const { size, invalid } = opening.head;
  const sizes = countBy(opening.ballots, (ballot) => ballot.unit);
  // Below the organisation there are none with fewer; what is left over for it stays unsaid.
  const rows = manifest.units
    .filter((unit) => sizes.get(unit.key) >= manifest.k)
    .map((unit) => [unitName(manifest, unit), sizes.get(unit.key)]);
  show(part, () => [
    el("h3", { tabindex: "-1", class: "done" }, say("urn_opened")),
    el("p", {}, say(invalid ? "urn_ballots" : "urn_none_invalid", { ballots: number(size), invalid: number(invalid) })),
    table(say("urn_units"), [say("urn_unit"), say("urn_count")], rows),
    el("p", {}, say("urn_files")),
    files.length > 2 ? el("p", { class: "warning" }, say("holder_keep_new")) : null,
    saved(),
  ]);
  find("h3", part).focus();
}
