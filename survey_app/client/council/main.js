// The works council's page: five steps in one file, without a network.
import { attempt, find, readText, say, setLanguage, show } from "./page.js";
import { Refusal } from "./refusal.js";
import { startAudit } from "./steps/audit.js";
import { startEnd } from "./steps/end.js";
import { startHolder } from "./steps/holder.js";
import { startKey } from "./steps/key.js";
import { startPromise } from "./steps/promise.js";
import { startUrn } from "./steps/urn.js";

const STEPS = ["key", "promise", "urn", "audit", "end"];
/** Steps that work with the council's key. */
const WITH_KEY = ["promise", "urn", "end"];

/** The day on the clock of this computer, written 2026-10-05. */
function today() {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

function goTo(step) {
  for (const name of STEPS) {
    find(`#step-${name}`).hidden = name !== step;
    const button = find(`[data-step=${name}]`);
    if (name === step) button.setAttribute("aria-current", "step");
    else button.removeAttribute("aria-current");
  }
  const holder = find("#holder");
  holder.hidden = !WITH_KEY.includes(step);
  if (!holder.hidden) find(`#step-${step} .holder-place`).append(holder);
}

/** What a file is: the kind that stands in it, or what its form gives away. */
function kindOf(text) {
  try {
    const { kind, manifest, root } = JSON.parse(text);
    return kind ?? (manifest ? "promise" : root ? "head" : null);
  } catch {
    // Several lines of JSON are a board.
    return text.startsWith('{"') ? "board" : null;
  }
}

/** Takes a file that was dropped on the page to the step that works with it. */
async function takeDropped(file, takers) {
  const kind = kindOf(await readText(file));
  const isEnd = ["urn", "audit"].includes(kind) && !find("#step-end").hidden;
  const [step, take] = takers[isEnd ? "end" : kind] ?? [];
  if (take === undefined) throw new Refusal("unknown_file", { file: file.name });
  if (step !== null) goTo(step);
  else if (find("#holder").hidden) goTo("urn");
  await take([file]);
}

function start() {
  const holder = startHolder();
  startKey(today);
  const [promise, urn, end] = [startPromise(), startUrn(), startEnd(today)];
  const audit = startAudit();
  const takers = {
    "council-key": [null, holder],
    promise: ["promise", promise],
    urn: ["urn", urn],
    audit: ["audit", audit.bundle],
    opened: ["audit", audit.opened],
    receipt: ["audit", audit.receipt],
    head: ["audit", audit.published],
    board: ["audit", audit.published],
    end: ["end", end],
  };
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    const files = [...event.dataTransfer.files];
    attempt(find("#dropped"), async () => {
      for (const file of files) await takeDropped(file, takers);
    });
  });
  for (const button of document.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => {
      goTo(button.dataset.step);
      find(`#title-${button.dataset.step}`).focus();
    });
  }
  find("#language").addEventListener("click", () => setLanguage(document.documentElement.lang === "nl" ? "en" : "nl"));
  goTo("key");
}

setLanguage(navigator.language.startsWith("nl") ? "nl" : "en");
if (globalThis.crypto?.subtle) {
  start();
  find("#app").hidden = false;
} else {
  show(find("#unsupported"), () => say("no_crypto"));
  find("#unsupported").hidden = false;
}
