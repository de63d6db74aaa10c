// The card with the council's key: from the key file and its passphrase, or from two shares.
import { fingerprintWords } from "../../src/codes.js";
import { forgetKey, heldKey, holdKeyFile, holdShares, onKey } from "../held.js";
import { attempt, clear, el, find, onFile, say, show } from "../page.js";
import { Refusal } from "../refusal.js";
import { SHARE_WORDS, faultOfShare, suggestions, wordsOf } from "../slip39.js";

/** What the council calls its key: the first bytes of the witness key as three words. */
export const keyName = (keys) => fingerprintWords(keys.witness.publicKey).split(" ").slice(0, 3).join(" ");

/** Prepares the card; returns what takes a key file dropped on the page. */
export function startHolder() {
  let keyFile = null;
  const form = find("#holder-form");
  const accept = onFile(find("#holder-file"), (text) => {
    keyFile = text;
    find("#holder-passphrase").focus();
  });
  onKey(() => {
    if (heldKey() !== null) return;
    keyFile = null;
    clear(find(".chosen", form));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(form, async () => {
      const passphrase = find("#holder-passphrase");
      if (keyFile === null) throw new Refusal("no_file");
      if (passphrase.value === "") throw new Refusal("no_passphrase");
      await holdKeyFile(keyFile, passphrase.value);
      passphrase.value = "";
    });
  });
  startShares(find("#shares-form"));
  onKey(showHeld);
  return accept;
}

function showHeld() {
  const key = heldKey();
  find("#holder-ways").hidden = key !== null;
  const part = find("#holder-loaded");
  if (key === null) return clear(part);
  show(part, () => [
    el(
      "div",
      { class: "held" },
      el("p", { tabindex: "-1" }, say("holder_loaded", { words: keyName(key.keys) })),
      el("button", { type: "button", class: "quiet", click: forgetKey }, say("holder_forget")),
    ),
    key.keyFile === null ? el("p", { class: "small" }, say("holder_loaded_shares")) : null,
  ]);
  // Where the person was working is hidden now; without this the focus would be lost.
  if (!find("#holder").hidden) find("p", part).focus();
}

function startShares(form) {
  const fields = [find("#share-1"), find("#share-2")];
  fields.forEach(startShare);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(form, async () => {
      await holdShares(fields.map((field) => field.value));
      for (const field of fields) {
        field.value = "";
        field.dispatchEvent(new Event("input"));
      }
    });
  });
}

/** A field for 20 words: completes a word as soon as its beginning fits one word only. */
function startShare(field) {
  const offered = find(".suggestions", field.closest(".field"));
  const state = find(`#${field.id}-state`);
  const complete = (word) => {
    field.value = `${field.value.replace(/[a-z]*$/i, "")}${word} `;
    field.focus();
    field.dispatchEvent(new Event("input"));
  };
  field.addEventListener("keydown", (event) => {
    const begun = /[a-z]+$/i.exec(field.value)?.[0].toLowerCase() ?? "";
    const fitting = suggestions(begun, 2);
    const atEnd = field.selectionStart === field.value.length;
    if ([" ", "Enter"].includes(event.key) && atEnd && fitting.length === 1) {
      event.preventDefault();
      complete(fitting[0]);
    }
  });
  field.addEventListener("input", () => {
    const begun = /[a-z]+$/i.exec(field.value)?.[0].toLowerCase() ?? "";
    const words = wordsOf(field.value);
    const open = words.length > SHARE_WORDS || suggestions(begun, 2)[0] === begun ? [] : suggestions(begun);
    offered.replaceChildren(
      ...open.map((word) => el("button", { type: "button", lang: "en", click: () => complete(word) }, word)),
    );
    if (words.length === 0) return clear(state);
    // While the last word is being typed it is not yet a mistake.
    const fault = faultOfShare(open.length ? words.slice(0, -1).join(" ") : field.value);
    if (fault === null) show(state, () => say("holder_share_done"));
    else if (fault.key === "share_length" && words.length < SHARE_WORDS) {
      show(state, () => say("holder_share_progress", { number: words.length }));
    } else show(state, () => say(fault.key, fault.values));
  });
}
