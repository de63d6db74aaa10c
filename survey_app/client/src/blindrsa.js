// The respondent's side of RSA blind signatures (RFC 9474) with SHA-384 and e = 65537.
//
// The deterministic variants sign the message as it is; for the randomized ones the caller puts
// the prefix before it. The length of the salt decides between PSS (48 bytes) and PSSZERO (none).
import { b64u, concat, sha384, toBytes, toNumber } from "./encoding.js";

const HASH_BYTES = 48;

/** A blind signature that does not become a signature: an alarm, never a reason to try again. */
export class InvalidSignature extends Error {}

export const bitLength = (n) => n.toString(2).length;
export const modulusBytes = (n) => Math.ceil(bitLength(n) / 8);

/** `base` to the power 65537: sixteen squarings and one multiplication. Both are public here. */
export function power65537(base, n) {
  let power = base;
  for (let step = 0; step < 16; step++) power = (power * power) % n;
  return (power * base) % n;
}

/** The inverse of `a` modulo `n`, or null when they share a factor. */
export function inverse(a, n) {
  let [rest, next, factor, nextFactor] = [n, a % n, 0n, 1n];
  while (next) {
    const quotient = rest / next;
    [rest, next] = [next, rest - quotient * next];
    [factor, nextFactor] = [nextFactor, factor - quotient * nextFactor];
  }
  if (rest !== 1n) return null;
  return factor < 0n ? factor + n : factor;
}

/** The blinded message (RFC 9474, section 4.2); `r` is a number from 1 up to n, used for one message only. */
export async function blind(message, n, salt, r) {
  const encoded = toNumber(await encode(message, bitLength(n) - 1, salt));
  if (r <= 0n || r >= n || inverse(r, n) === null || inverse(encoded, n) === null) {
    throw new InvalidSignature("the modulus shares a factor with what is blinded");
  }
  return toBytes((encoded * power65537(r, n)) % n, modulusBytes(n));
}

/** The signature (RFC 9474, section 4.4), which must be the one that this salt and factor lead to. */
export async function finalize(message, n, blindSignature, salt, r) {
  if (blindSignature.length !== modulusBytes(n)) throw new InvalidSignature("not as long as the modulus");
  const signature = (toNumber(blindSignature) * inverse(r, n)) % n;
  const written = toBytes(signature, modulusBytes(n));
  if (!(await isSignature(message, n, written, salt))) throw new InvalidSignature("not a signature under the message");
  return written;
}

/** Whether `signature` is the one under `message` with this very salt. */
export async function isSignature(message, n, signature, salt) {
  const number = toNumber(signature);
  if (signature.length !== modulusBytes(n) || number >= n) return false;
  return power65537(number, n) === toNumber(await encode(message, bitLength(n) - 1, salt));
}

/** Whether `signature` is one under `message`, whatever its salt of 48 bytes (RFC 8017, section 8.1.2). */
export async function verify(message, n, signature) {
  const algorithm = { name: "RSA-PSS", hash: "SHA-384" };
  const key = { kty: "RSA", n: b64u(toBytes(n, modulusBytes(n))), e: "AQAB", alg: "PS384" };
  const imported = await crypto.subtle.importKey("jwk", key, algorithm, false, ["verify"]);
  return crypto.subtle.verify({ ...algorithm, saltLength: HASH_BYTES }, imported, signature, message);
}

/** EMSA-PSS-ENCODE (RFC 8017, section 9.1.1). */
export async function encode(message, bits, salt) {
  const length = Math.ceil(bits / 8);
  if (length < HASH_BYTES + salt.length + 2) throw new RangeError("the modulus is too short for this hash and salt");
  const digest = await sha384(concat(new Uint8Array(8), await sha384(message), salt));
  const block = concat(new Uint8Array(length - salt.length - HASH_BYTES - 2), Uint8Array.of(1), salt);
  const mask = await mgf1(digest, block.length);
  const masked = block.map((byte, place) => byte ^ mask[place]);
  masked[0] &= 0xff >> (8 * length - bits);
  return concat(masked, digest, Uint8Array.of(0xbc));
}

/** MGF1 with SHA-384 (RFC 8017, appendix B.2.1). */
export async function mgf1(seed, length) {
  const blocks = Math.ceil(length / HASH_BYTES);
  const made = await Promise.all(
    Array.from({ length: blocks }, (_, counter) => sha384(concat(seed, toBytes(BigInt(counter), 4)))),
  );
  return concat(...made).slice(0, length);
}
