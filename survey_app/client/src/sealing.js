// Padding and sealing: envelopes that only the council can open, drafts that only the respondent can.
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from "@hpke/core";
import { Malformed, concat, toBytes, toNumber, utf8 } from "./encoding.js";

const NONCE_BYTES = 12;

/** More bytes than the padding of this survey can hide. */
export class TooLong extends Error {}

/** The length in 4 bytes, the bytes, zeros up to `size`. */
export function pad(bytes, size) {
  if (4 + bytes.length > size) throw new TooLong(`${bytes.length} bytes do not fit in ${size - 4}`);
  return concat(toBytes(BigInt(bytes.length), 4), bytes, new Uint8Array(size - 4 - bytes.length));
}

export function unpad(padded) {
  const end = 4 + Number(toNumber(padded.slice(0, 4)));
  if (padded.length < 4 || end > padded.length || padded.slice(end).some(Boolean)) throw new Malformed("bad padding");
  return padded.slice(4, end);
}

/** An envelope (HPKE, RFC 9180, base mode): the ephemeral point, then the ciphertext. */
export async function seal(openingKey, manifestHash, padded) {
  const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  const recipientPublicKey = await suite.kem.deserializePublicKey(openingKey);
  const info = concat(utf8("peil/1/envelope\0"), manifestHash);
  const { ct, enc } = await suite.seal({ recipientPublicKey, info }, padded);
  return concat(new Uint8Array(enc), new Uint8Array(ct));
}

/** A draft (AES-256-GCM): a random nonce, then the ciphertext. */
export async function sealDraft(key, manifestHash, padded) {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const sealed = await crypto.subtle.encrypt(draftMode(iv, manifestHash), await draftKey(key, "encrypt"), padded);
  return concat(iv, new Uint8Array(sealed));
}

/** What is in a draft, still padded; throws Malformed when this is not its key. */
export async function openDraft(key, manifestHash, draft) {
  const mode = draftMode(draft.slice(0, NONCE_BYTES), manifestHash);
  try {
    return new Uint8Array(await crypto.subtle.decrypt(mode, await draftKey(key, "decrypt"), draft.slice(NONCE_BYTES)));
  } catch {
    throw new Malformed("the draft cannot be opened");
  }
}

const draftKey = (key, use) => crypto.subtle.importKey("raw", key, "AES-GCM", false, [use]);

const draftMode = (iv, manifestHash) => ({
  name: "AES-GCM",
  iv,
  additionalData: concat(utf8("peil/1/draft\0"), manifestHash),
});
