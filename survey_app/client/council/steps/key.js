// Step 1: make the council's key, its key files and its three shares.
import { holdNew, KEY_FILE } from "../held.js";
import { keysOf, newMaster, testOpening, writeKeyFile, writePublicFile } from "../keys.js";
import { MIN_PASSPHRASE, attempt, day, el, find, save, say, show } from "../page.js";
import { Refusal } from "../refusal.js";
import { withRegister } from "../register.js";
import { joinShares, splitMaster } from "../slip39.js";
import { equal } from "../../src/encoding.js";
import { keyName } from "./holder.js";

export const PUBLIC_FILE = "council-public.json";

export function startKey(today) {
  const form = find("#key-form");
  const [first, again] = [find("#key-passphrase"), find("#key-again")];
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(form, async () => {
      if ([...first.value].length < MIN_PASSPHRASE) throw new Refusal("passphrase_short", { length: MIN_PASSPHRASE });
      if (first.value !== again.value) throw new Refusal("passphrase_differs");
      const made = await makeKey(first.value);
      first.value = again.value = "";
      form.hidden = true;
      showKey(made, today());
      holdNew(made.keys, made.keyFile);
      guardSheets();
      find("#key-result h3").focus();
    });
  });
}

/** Asks before the page goes away with sheets on it that were not printed. */
function guardSheets() {
  let isPrinted = false;
  window.addEventListener("afterprint", () => (isPrinted = true));
  window.addEventListener("beforeunload", (event) => {
    if (!isPrinted) event.preventDefault();
  });
}

/** A new key, tried: the dummy opens and every pair of shares gives the master secret back. */
async function makeKey(passphrase) {
  const master = newMaster();
  const keys = await keysOf(master);
  await testOpening(keys);
  const shares = splitMaster(master);
  for (const [one, other] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ]) {
    if (!equal(joinShares([shares[one], shares[other]]), master)) throw new Refusal("test_failed");
  }
  const keyFile = await withRegister(await writeKeyFile(master, keys, passphrase), keys, new Map());
  return { keys, keyFile, publicFile: await writePublicFile(keys), shares };
}

function showKey({ keys, keyFile, publicFile, shares }, today) {
  const saved = save([
    [KEY_FILE, keyFile],
    [PUBLIC_FILE, publicFile],
  ]);
  show(find("#key-result"), () => [
    el("h3", { tabindex: "-1", class: "done" }, say("key_ready")),
    el("p", {}, say("key_files")),
    saved(),
    el("h3", {}, say("key_shares")),
    el("p", {}, say("key_shares_lead")),
    el("p", { class: "warning" }, say("key_shares_only_here")),
    el("p", {}, el("button", { type: "button", class: "main", click: () => window.print() }, say("key_print"))),
  ]);
  show(find("#sheets"), () => shares.map((share, place) => sheet(share, place, shares.length, keyName(keys), today)));
}

function sheet(share, place, total, name, today) {
  return el(
    "article",
    { class: "sheet" },
    el("p", { class: "small" }, say("share_of")),
    el("h3", {}, say("share_title", { number: place + 1, total })),
    el(
      "ol",
      { class: "words", lang: "en" },
      share.split(" ").map((word) => el("li", {}, word)),
    ),
    el("p", {}, say("share_rules")),
    el(
      "dl",
      {},
      el("dt", {}, say("share_witness")),
      el("dd", {}, name),
      el("dt", {}, say("share_made_on")),
      el("dd", {}, day(today)),
      el("dt", {}, say("share_kept_by")),
      el("dd", { class: "line" }),
    ),
  );
}
