// Everything a respondent has follows from the recovery code (docs/protocol.md, "What the respondent derives").
import { keyPair } from "./ed25519.js";
import { toNumber, utf8 } from "./encoding.js";

const SECRET_SYMBOLS = 30;

/** The secrets of one recovery code (32 symbols) in one survey. */
export async function deriveSecrets(code, manifestHash) {
  const key = await crypto.subtle.importKey("raw", utf8(code.slice(0, SECRET_SYMBOLS)), "HKDF", false, ["deriveBits"]);

  async function derive(label, length) {
    const info = utf8(`peil/1/${label}`);
    const algorithm = { name: "HKDF", hash: "SHA-256", salt: manifestHash, info };
    return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 8 * length));
  }

  const [locker, ballot] = await Promise.all(
    ["locker", "ballot"].map(async (label) => keyPair(await derive(label, 32))),
  );
  return {
    locker,
    ballot,
    draftKey: await derive("draft", 32),
    serial: await derive("serial", 32),
    salt: (purpose, issuer) => derive(`salt/${purpose}/${issuer.hash}`, 48),
    factor: async (purpose, issuer) =>
      1n + (toNumber(await derive(`blind/${purpose}/${issuer.hash}`, 400)) % (issuer.modulus - 1n)),
  };
}
