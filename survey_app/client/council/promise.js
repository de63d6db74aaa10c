// The promise of a survey as the council reads it, compares it with its own list, and signs it.
import { fingerprintWords } from "../src/codes.js";
import { Malformed, b64u, canonical, digest } from "../src/encoding.js";
import { groupSize, pathUp, readForm, readManifest } from "../src/manifest.js";
import { checkKeys } from "./opening.js";
import { Refusal } from "./refusal.js";

/**
 * The manifest and the questions of a promise file, a saved reply of /m, or a bare manifest.
 *
 * Each question is its texts by language; null stands for a file without questions.
 */
export async function readPromise(text) {
  let manifest, written;
  try {
    written = JSON.parse(text);
    manifest = await readManifest(typeof written.manifest === "string" ? written.manifest : text);
    checkTogether(manifest);
  } catch {
    throw new Refusal("not_promise");
  }
  if (typeof written.form !== "string") return { manifest, questions: null };
  let form;
  try {
    form = await readForm(written.form, manifest);
  } catch {
    throw new Refusal("form_differs");
  }
  try {
    return {
      manifest,
      questions: form.screens.flatMap((screen) => screen.items.map((item) => ({ ...item.text }))),
    };
  } catch {
    throw new Refusal("not_promise");
  }
}

/** What fields of a manifest have to say about each other; throws Malformed. */
function checkTogether(manifest) {
  const { k, k_invite: smallest, opens, rounds, closes, units } = manifest;
  const days = [opens, ...rounds, closes];
  const isInOrder = days.every((day, place) => place === 0 || days[place - 1] <= day);
  const named = [manifest.locker_issuer, manifest.done_issuer, ...units.map((unit) => unit.issuer)].filter(Boolean);
  const isLargeEnough = units.every((unit) => unit.invited === 0 || unit.invited >= smallest);
  const names = new Set(units.map((unit) => canonical([unit.parent, unit.name])));
  if (k < 2 || smallest < k || !isInOrder || !isLargeEnough || !units.some((unit) => unit.invited > 0)) {
    throw new Malformed("too small or too late");
  }
  if (new Set(named).size !== named.length || names.size !== units.length) throw new Malformed("twice");
  if ((manifest.level === 3) !== (manifest.independent_client !== null)) throw new Malformed("client");
}

export const wordsOfPromise = (manifest) => fingerprintWords(manifest.hash);

/** Between the names of units, in files and on screen. */
export const MARK = " > ";

/** Where a unit stands below the organisation, as it is written in files; empty for the organisation. */
export const unitPath = (manifest, unit) =>
  pathUp(manifest, unit.key)
    .reverse()
    .slice(1)
    .map((step) => step.name)
    .join(MARK);

export const unitName = (manifest, unit) => unitPath(manifest, unit) || unit.name;

/** The units with the numbers of invited people: `{ name, depth, invited, group }`, in the order of the manifest. */
export const unitsOfPromise = (manifest) =>
  manifest.units.map((unit) => ({
    name: unit.name,
    depth: pathUp(manifest, unit.key).length - 1,
    invited: unit.invited,
    group: groupSize(manifest, unit.key),
  }));

/** Refuses a promise that this council has nothing to sign of, or whose answers it could not open. */
export function checkSigning(manifest, keys) {
  if (manifest.level === 1) throw new Refusal("level_1_nothing");
  checkKeys(manifest, keys);
}

/** The witness file, for HR. */
export async function writeWitness(manifest, keys) {
  return canonical({
    kind: "witness",
    manifest_hash: b64u(manifest.hash),
    peil: 1,
    survey: manifest.survey,
    witness: b64u(await keys.witness.sign(await digest("witness", manifest.text))),
  });
}

/** The destruction record: `on` is a day, `urn` has the `hash` and `hashes` of the envelopes. */
export async function writeDestruction(manifest, keys, on, urn) {
  return canonical({
    envelopes: urn.hashes.length,
    kind: "destroyed",
    manifest_hash: b64u(manifest.hash),
    on,
    peil: 1,
    signature: b64u(await keys.witness.sign(await digest("destroyed", manifest.hash, on, urn.hash))),
    survey: manifest.survey,
  });
}
