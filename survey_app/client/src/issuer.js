// Public keys of credentials, each with a proof that signing with it is a permutation
// (doi:10.1007/978-3-030-12612-4_14): a key without it could fail for some people only.
import { mgf1, power65537 } from "./blindrsa.js";
import { Malformed, b64u, concat, digest, toNumber, unb64u, utf8 } from "./encoding.js";

const MODULUS_BYTES = 384;
const ROOTS = 8;

/** An issuer as it stands in JSON; its hash is that of the protocol. Nothing is checked yet but the form. */
export async function readIssuer(json) {
  const keys = json && typeof json === "object" ? Object.keys(json).sort().join() : "";
  if (keys !== "n,proof" || !Array.isArray(json.proof) || json.proof.length !== ROOTS) {
    throw new Malformed("an issuer has a modulus and eight roots");
  }
  const n = unb64u(json.n, MODULUS_BYTES);
  const proof = json.proof.map((root) => unb64u(root, MODULUS_BYTES));
  return { n, proof, modulus: toNumber(n), hash: b64u(await digest("issuer", n, ...proof)) };
}

/** Whether an issuer is the one that the manifest names, is an odd number of 3072 bits and all roots are roots. */
export async function checkIssuer(issuer, expectedHash) {
  if (issuer.hash !== expectedHash || issuer.n[0] < 0x80 || !(issuer.n.at(-1) & 1)) return false;
  const roots = await Promise.all(issuer.proof.map((root, place) => isRoot(issuer, toNumber(root), place)));
  return roots.every(Boolean);
}

async function isRoot(issuer, root, place) {
  if (root >= issuer.modulus) return false;
  const seed = concat(utf8("peil/1/key-proof\0"), issuer.n, Uint8Array.of(place));
  const challenge = toNumber(await mgf1(seed, MODULUS_BYTES + 16)) % issuer.modulus;
  return power65537(root, issuer.modulus) === challenge;
}
