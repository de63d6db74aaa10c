// Codes that people read, type and compare: invitation codes, recovery codes, fingerprint words.
import { digest, toNumber } from "./encoding.js";

/** Crockford's base32: no I, L, O and U. */
const SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LOOKALIKES = { O: "0", I: "1", L: "1" };
/** The signs that programs make of a typed hyphen count as hyphens. */
const IGNORED = /[\s\u2010-\u2014\u2212-]/gu;
const CONSONANTS = "bdfghjklmnprstvz";
const VOWELS = "aiou";

const TOKEN_SYMBOLS = 16;
const RECOVERY_SYMBOLS = 32;
const SECRET_SYMBOLS = 30;

/** A typed code that cannot be right; `reason` is "symbol", "length" or "check". */
export class BadCode extends Error {
  constructor(reason, details = {}) {
    super(`not a code: ${reason}`);
    this.reason = reason;
    this.details = details;
  }
}

/** The symbols of a typed code; throws BadCode with what a person needs to repair it. */
function read(typed, expected) {
  let symbols = "";
  for (const character of typed.replace(IGNORED, "")) {
    const upper = character.toUpperCase();
    const symbol = LOOKALIKES[upper] ?? upper;
    if (!/[A-Za-z0-9]/.test(character) || !SYMBOLS.includes(symbol)) throw new BadCode("symbol", { symbol: character });
    symbols += symbol;
  }
  if (symbols.length !== expected) throw new BadCode("length", { expected, found: symbols.length });
  return symbols;
}

export const readToken = (typed) => read(typed, TOKEN_SYMBOLS);

/** Whether a typed code is nearer to a recovery code than to an invitation code. */
export const isRecovery = (typed) => typed.replace(IGNORED, "").length > (TOKEN_SYMBOLS + RECOVERY_SYMBOLS) / 2;

export async function readRecoveryCode(typed) {
  const code = read(typed, RECOVERY_SYMBOLS);
  const secret = code.slice(0, SECRET_SYMBOLS);
  if ((await withCheck(secret)) !== code) throw new BadCode("check");
  return code;
}

/** 30 random symbols (150 bits) and their two check symbols. */
export function newRecoveryCode(random = (length) => crypto.getRandomValues(new Uint8Array(length))) {
  return withCheck(spell(toNumber(random(19)) >> 2n, SECRET_SYMBOLS));
}

export const inGroups = (symbols, separator = " ") => symbols.match(/.{1,4}/g).join(separator);

/** The first 12 bytes of a manifest hash as six proquints (arXiv:0901.4016). */
export function fingerprintWords(hash) {
  const words = [];
  for (let at = 0; at < 12; at += 2) {
    const number = (hash[at] << 8) | hash[at + 1];
    words.push(
      CONSONANTS[number >> 12] +
        VOWELS[(number >> 10) & 3] +
        CONSONANTS[(number >> 6) & 15] +
        VOWELS[(number >> 4) & 3] +
        CONSONANTS[number & 15],
    );
  }
  return words.join(" ");
}

async function withCheck(secret) {
  const check = await digest("code-check", secret);
  return secret + spell(toNumber(check.slice(0, 2)) >> 6n, RECOVERY_SYMBOLS - SECRET_SYMBOLS);
}

function spell(number, length) {
  let symbols = "";
  for (let place = length - 1; place >= 0; place--) symbols += SYMBOLS[Number((number >> BigInt(5 * place)) & 31n)];
  return symbols;
}
