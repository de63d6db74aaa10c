// Ed25519 (RFC 8032): the browser's own, or @noble/curves where a browser has none.
import { fallback } from "./ed25519-fallback.js";
import { concat, unb64u, unhex } from "./encoding.js";

/** What stands before the seed in PKCS #8 (RFC 8410, section 7). */
const PKCS8 = unhex("302e020100300506032b657004220420");
const NAME = "Ed25519";

let native;

/** Whether this browser knows Ed25519; asked once. */
function isNative() {
  native ??= crypto.subtle
    .importKey("pkcs8", concat(PKCS8, new Uint8Array(32)), NAME, false, ["sign"])
    .then(() => true, () => false);
  return native;
}

/** The key pair of a seed of 32 bytes. */
export async function keyPair(seed) {
  if (!(await isNative())) {
    const curve = await fallback();
    return { publicKey: curve.getPublicKey(seed), sign: async (message) => curve.sign(message, seed) };
  }
  const key = await crypto.subtle.importKey("pkcs8", concat(PKCS8, seed), NAME, true, ["sign"]);
  const { x } = await crypto.subtle.exportKey("jwk", key);
  return {
    publicKey: unb64u(x, 32),
    sign: async (message) => new Uint8Array(await crypto.subtle.sign(NAME, key, message)),
  };
}

/** Whether `signature` is one of `publicKey` under `message`; false for anything malformed. */
export async function verify(publicKey, message, signature) {
  try {
    if (!(await isNative())) return (await fallback()).verify(signature, message, publicKey);
    const key = await crypto.subtle.importKey("raw", publicKey, NAME, false, ["verify"]);
    return await crypto.subtle.verify(NAME, key, signature, message);
  } catch {
    return false;
  }
}
