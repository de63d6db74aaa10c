// What the council signed and opened. It lies in the key file, signed by the witness key, so
// that one promise is signed for a survey and one set of envelopes opened (docs/protocol.md, "Register").
import { verify } from "../src/ed25519.js";
import { b64u, canonical, digest, parseCanonical, unb64u } from "../src/encoding.js";
import { Refusal } from "./refusal.js";

const ENTRY = "manifest_hash,survey,urn";

/** The entries of a key file's register, by survey; none when it has no register. Refuses one that was altered. */
export async function readRegister(keyFile, keys) {
  const { register } = parseCanonical(keyFile);
  if (register === undefined) return new Map();
  try {
    const { signature, surveys } = register;
    if (Object.keys(register).join() !== "signature,surveys" || !Array.isArray(surveys)) throw new Error("form");
    if (!surveys.every((entry) => Object.keys(entry).join() === ENTRY)) throw new Error("form");
    if (surveys.some((entry, place) => place > 0 && surveys[place - 1].survey >= entry.survey))
      throw new Error("order");
    const signed = await digest("register", canonical(surveys));
    if (!(await verify(keys.witness.publicKey, signed, unb64u(signature, 64)))) throw new Error("signature");
    return new Map(surveys.map((entry) => [entry.survey, entry]));
  } catch {
    throw new Refusal("register_altered");
  }
}

/** The key file with `register` in place of the one it has. */
export async function withRegister(keyFile, keys, register) {
  const surveys = [...register.values()].sort((one, other) => (one.survey < other.survey ? -1 : 1));
  const signature = b64u(await keys.witness.sign(await digest("register", canonical(surveys))));
  return canonical({ ...parseCanonical(keyFile), register: { signature, surveys } });
}

/** The register after signing this promise; refuses a second promise for the same survey. */
export function afterSigning(register, manifest) {
  const entry = register.get(manifest.survey);
  const hash = b64u(manifest.hash);
  if (entry && entry.manifest_hash !== hash) throw new Refusal("second_promise");
  return new Map(register).set(manifest.survey, entry ?? { manifest_hash: hash, survey: manifest.survey, urn: null });
}

/** The register after opening this set of envelopes; refuses another set than was opened before. */
export function afterOpening(register, manifest, urnHash) {
  const entry = signedEntry(register, manifest);
  const urn = b64u(urnHash);
  if (entry.urn !== null && entry.urn !== urn) throw new Refusal("second_urn");
  return new Map(register).set(manifest.survey, { ...entry, urn });
}

/** Refuses to end a key that another survey still needs. */
export function checkDestroying(register, manifest) {
  signedEntry(register, manifest);
  const waiting = [...register.values()].find((entry) => entry.survey !== manifest.survey && entry.urn === null);
  if (waiting) throw new Refusal("key_still_needed", { survey: waiting.survey });
}

function signedEntry(register, manifest) {
  const entry = register.get(manifest.survey);
  if (!entry) throw new Refusal("promise_not_in_register");
  if (entry.manifest_hash !== b64u(manifest.hash)) throw new Refusal("other_promise");
  return entry;
}
