// The council's keys: one master secret of 16 bytes, from which everything follows (docs/protocol.md,
// "Keys of the council").
import { p256 } from "@noble/curves/nist.js";
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from "@hpke/core";
import { keyPair, verify } from "../src/ed25519.js";
import {
  Malformed,
  b64u,
  canonical,
  concat,
  digest,
  equal,
  parseCanonical,
  toBytes,
  toNumber,
  unb64u,
  utf8,
} from "../src/encoding.js";
import { seal } from "../src/sealing.js";
import { Refusal } from "./refusal.js";
import { MASTER_BYTES } from "./slip39.js";

/** Of PBKDF2-HMAC-SHA256. */
const ITERATIONS = 600_000;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const POINT_BYTES = 65;
const CONTEXT = utf8("peil/1/council-key");
const KEY_FILE = "iterations,kind,opening_key,peil,salt,sealed,witness_key";
/** What is sealed to try a key: as long as a small ballot. */
const DUMMY_BYTES = 512;

export const newMaster = () => crypto.getRandomValues(new Uint8Array(MASTER_BYTES));

/** The key pairs of a master secret, with `open(manifestHash, envelope)` for what was sealed to them. */
export async function keysOf(master) {
  const material = await crypto.subtle.importKey("raw", master, "HKDF", false, ["deriveBits"]);
  const derive = async (label, length) => {
    const info = utf8(`peil/1/council/${label}`);
    const parameters = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info };
    return new Uint8Array(await crypto.subtle.deriveBits(parameters, material, 8 * length));
  };
  const order = p256.Point.CURVE().n;
  const scalar = toBytes(1n + (toNumber(await derive("opening", 48)) % (order - 1n)), 32);
  const point = p256.getPublicKey(scalar, false);
  return {
    openingPoint: point,
    open: await opener(scalar, point),
    witness: await keyPair(await derive("witness", 32)),
  };
}

/** A function that opens envelopes (HPKE, RFC 9180); it throws for what was not sealed to this key. */
async function opener(scalar, point) {
  const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  const recipientKey = {
    privateKey: await suite.kem.importKey("raw", scalar, false),
    publicKey: await suite.kem.importKey("raw", point, true),
  };
  return async (manifestHash, envelope) => {
    const info = concat(utf8("peil/1/envelope\0"), manifestHash);
    const [enc, ciphertext] = [envelope.slice(0, POINT_BYTES), envelope.slice(POINT_BYTES)];
    return new Uint8Array(await suite.open({ recipientKey, enc, info }, ciphertext));
  };
}

/** Seals a dummy as a respondent's browser does and opens it again: refuses unless it comes back whole. */
export async function testOpening(keys, manifestHash = crypto.getRandomValues(new Uint8Array(32))) {
  const dummy = crypto.getRandomValues(new Uint8Array(DUMMY_BYTES));
  const opened = await keys.open(manifestHash, await seal(keys.openingPoint, manifestHash, dummy));
  const signed = await verify(keys.witness.publicKey, dummy, await keys.witness.sign(dummy));
  if (!equal(opened, dummy) || !signed) throw new Refusal("test_failed");
}

/** The key file, without a register: the master secret under a passphrase. */
export async function writeKeyFile(master, keys, passphrase) {
  const [salt, nonce] = [SALT_BYTES, NONCE_BYTES].map((length) => crypto.getRandomValues(new Uint8Array(length)));
  const key = await passphraseKey(passphrase, salt, "encrypt");
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce, additionalData: CONTEXT }, key, master);
  return canonical({
    iterations: ITERATIONS,
    kind: "council-key",
    opening_key: b64u(keys.openingPoint),
    peil: 1,
    salt: b64u(salt),
    sealed: b64u(concat(nonce, new Uint8Array(sealed))),
    witness_key: b64u(keys.witness.publicKey),
  });
}

/** The master secret in a key file, with or without register; refuses with a sentence. */
export async function openKeyFile(text, passphrase) {
  let file, salt, sealed;
  try {
    file = parseCanonical(text);
    const named = Object.keys(file)
      .filter((key) => key !== "register")
      .join();
    if (named !== KEY_FILE || file.kind !== "council-key" || file.peil !== 1) throw new Malformed("not a key file");
    if (file.iterations !== ITERATIONS) throw new Malformed("iterations");
    salt = unb64u(file.salt, SALT_BYTES);
    sealed = unb64u(file.sealed, NONCE_BYTES + MASTER_BYTES + 16);
  } catch {
    throw new Refusal("not_key_file");
  }
  const key = await passphraseKey(passphrase, salt, "decrypt");
  const mode = { name: "AES-GCM", iv: sealed.slice(0, NONCE_BYTES), additionalData: CONTEXT };
  let master;
  try {
    master = new Uint8Array(await crypto.subtle.decrypt(mode, key, sealed.slice(NONCE_BYTES)));
  } catch {
    throw new Refusal("wrong_passphrase");
  }
  const keys = await keysOf(master);
  if (file.opening_key !== b64u(keys.openingPoint) || file.witness_key !== b64u(keys.witness.publicKey)) {
    throw new Refusal("not_key_file");
  }
  return { master, keys };
}

/** The public key file, which goes to HR. */
export async function writePublicFile(keys) {
  const proof = await keys.witness.sign(await digest("council-public", keys.openingPoint, keys.witness.publicKey));
  return canonical({
    kind: "council-public",
    opening_key: b64u(keys.openingPoint),
    peil: 1,
    proof: b64u(proof),
    witness_key: b64u(keys.witness.publicKey),
  });
}

async function passphraseKey(passphrase, salt, use) {
  // One passphrase has one form, whatever keyboard typed its accents.
  const typed = await crypto.subtle.importKey("raw", utf8(passphrase.normalize("NFC")), "PBKDF2", false, ["deriveKey"]);
  const parameters = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ITERATIONS };
  return crypto.subtle.deriveKey(parameters, typed, { name: "AES-GCM", length: 256 }, false, [use]);
}
