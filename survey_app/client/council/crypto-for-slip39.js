// The three functions of Node's module "crypto" that the package slip39 calls, for a browser.
// council/build.mjs puts this module in its place.
import { hmac } from "@noble/hashes/hmac.js";
import { pbkdf2 } from "@noble/hashes/pbkdf2.js";
import { sha256 } from "@noble/hashes/sha2.js";

/** As many random bytes as asked. */
export function randomBytes(length) {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** PBKDF2-HMAC-SHA256 (RFC 8018); slip39 uses no other hash. */
export function pbkdf2Sync(password, salt, iterations, length) {
  return pbkdf2(sha256, password, salt, { c: iterations, dkLen: length });
}

/** HMAC-SHA256 with the two methods that slip39 calls. */
export function createHmac(_hash, key) {
  const state = hmac.create(sha256, key);
  return { update: (data) => state.update(data), digest: () => state.digest() };
}
