// How values are written down before they are hashed, signed or sent (docs/protocol.md, "Writing things down").

export class Malformed extends Error {}

const encoder = new TextEncoder();
const B64U = /^[A-Za-z0-9_-]*$/;

/** The UTF-8 bytes of a text. */
export const utf8 = (text) => encoder.encode(text);

/** The text of UTF-8 bytes; throws Malformed. */
export function text(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Malformed("not UTF-8");
  }
}

export function concat(...parts) {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export const equal = (a, b) => a.length === b.length && a.every((byte, place) => byte === b[place]);

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export const unhex = (digits) => Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));

/** Base64url without padding. */
export function b64u(bytes) {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The bytes that b64u writes as `value`; throws Malformed for anything that b64u does not write. */
export function unb64u(value, length) {
  if (typeof value !== "string" || !B64U.test(value) || value.length % 4 === 1) {
    throw new Malformed("not base64url without padding");
  }
  const binary = atob(value.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  if (b64u(bytes) !== value) throw new Malformed("base64url with stray trailing bits");
  if (length !== undefined && bytes.length !== length) throw new Malformed(`${bytes.length} bytes, not ${length}`);
  return bytes;
}

/** Canonical JSON: sorted keys, no white space, whole numbers only. */
export function canonical(value) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new Malformed("not a whole number below 2^53");
    return String(value);
  }
  if (typeof value === "string") {
    if (/\p{Surrogate}/u.test(value)) throw new Malformed("a text with half a character");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object") throw new Malformed("a value that JSON has no form for");
  const keys = Object.keys(value).sort();
  if (!keys.every((key) => /^[\x00-\x7f]*$/.test(key))) throw new Malformed("a key that is not ASCII");
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

/** The value of a canonical JSON text; throws Malformed when the text is not its own canonical form. */
export function parseCanonical(written) {
  let value;
  try {
    value = JSON.parse(written);
  } catch {
    throw new Malformed("not JSON");
  }
  if (canonical(value) !== written) throw new Malformed("JSON, but not canonical");
  return value;
}

const hash = (name) => async (bytes) => new Uint8Array(await crypto.subtle.digest(name, bytes));

export const sha256 = hash("SHA-256");
export const sha384 = hash("SHA-384");

/** H(tag, …) of the protocol: 32 bytes that no other tag or division into parts can give. */
export function digest(tag, ...parts) {
  const written = [utf8(`peil/1/${tag}\0`)];
  for (const part of parts) {
    const bytes = typeof part === "string" ? utf8(part) : part;
    written.push(toBytes(BigInt(bytes.length), 4), bytes);
  }
  return sha256(concat(...written));
}

/** Bytes, highest first, as a BigInt. */
export const toNumber = (bytes) => (bytes.length ? BigInt(`0x${hex(bytes)}`) : 0n);

/** A BigInt that is not negative in `length` bytes, highest first. */
export function toBytes(number, length) {
  const digits = number.toString(16).padStart(2 * length, "0");
  if (digits.length !== 2 * length) throw new RangeError("the number does not fit");
  return unhex(digits);
}
