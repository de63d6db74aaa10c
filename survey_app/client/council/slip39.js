// Shares of the council's master secret in words: SLIP-0039, one group, 2 of 3, 20 words each.
import Slip39 from "slip39";
import helper from "slip39/src/slip39_helper.js";
import { Refusal } from "./refusal.js";

export const MASTER_BYTES = 16;
export const SHARE_WORDS = 20;
const THRESHOLD = 2;
const SHARES = 3;

/** The 1,024 words of SLIP-0039, in alphabetical order; their first four letters are different. */
export const WORDS = helper.WORD_LIST;
const KNOWN = new Set(WORDS);

/** Three texts of 20 words, any two of which give `master` (16 bytes) back. */
export function splitMaster(master) {
  const split = Slip39.fromArray([...master], {
    extendableBackupFlag: 0,
    groups: [[THRESHOLD, SHARES]],
    iterationExponent: 1,
    threshold: 1,
  });
  return split.root.mnemonics;
}

/** The words of what somebody typed: lower case, numbers and punctuation left out. */
export function wordsOf(typed) {
  return typed.toLowerCase().match(/[a-z]+/g) ?? [];
}

/** What is wrong with one share: `{ key, values }` of a sentence, or null. */
export function faultOfShare(typed) {
  const words = wordsOf(typed);
  const unknown = words.find((word) => !KNOWN.has(word));
  if (unknown !== undefined) return { key: "share_unknown_word", values: { word: unknown } };
  if (words.length !== SHARE_WORDS) return { key: "share_length", values: { number: words.length } };
  return Slip39.validateMnemonic(words.join(" ")) ? null : { key: "share_check", values: {} };
}

/** The master secret of two shares; refuses with a sentence. */
export function joinShares(typed) {
  for (const share of typed) {
    const fault = faultOfShare(share);
    if (fault !== null) throw new Refusal(fault.key, fault.values);
  }
  const shares = typed.map((share) => wordsOf(share).join(" "));
  if (new Set(shares).size !== THRESHOLD) throw new Refusal("shares_same");
  let master;
  try {
    master = Slip39.recoverSecret(shares, "");
  } catch {
    throw new Refusal("shares_apart");
  }
  if (master.length !== MASTER_BYTES) throw new Refusal("shares_apart");
  return Uint8Array.from(master);
}

/** The words that begin with `letters`, at most `most`. */
export function suggestions(letters, most = 6) {
  return letters === "" ? [] : WORDS.filter((word) => word.startsWith(letters)).slice(0, most);
}
