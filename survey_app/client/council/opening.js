// The opening: from sealed envelopes to ballots that are checked, counted once, and nobody's. The same urn
// and keys give the same bytes as survey_app/anonymity/opening.py.
import { Malformed, b64u, canonical, equal, sha256, text as decode, unb64u } from "../src/encoding.js";
import { readIssuer } from "../src/issuer.js";
import { checkWitness, readManifest } from "../src/manifest.js";
import { unpad } from "../src/sealing.js";
import { isWhole, readBallot, readKind, readObject } from "./ballot.js";
import { boardLeaves, boardRoot, compareBytes, countBy, headDigest, openedBallots, urnHash } from "./opened.js";
import { byCodePoint, isSorted } from "./order.js";
import { Refusal } from "./refusal.js";

const URN = "counts,done,envelopes,issuers,manifest,witness";
/** Bytes that an envelope is longer than what is sealed in it: a point and a tag. */
const OVERHEAD = 65 + 16;
/** Envelopes that are opened at a time; between them the page can be drawn. */
const BATCH = 16;

/** The urn file in `text`; throws Malformed unless it hangs together and its manifest is witnessed. */
export async function readUrn(text) {
  const value = readKind(text, "urn", URN);
  const manifest = await readWitnessed(value);
  if (!Array.isArray(value.envelopes)) throw new Malformed("not a list");
  const envelopes = value.envelopes.map((envelope) => unb64u(envelope));
  if (!isSorted(value.envelopes, false)) throw new Malformed("the envelopes are not sorted");
  const counts = readCounts(value.counts, manifest);
  if (breaksPromise(manifest, counts)) throw new Malformed("more was issued than promised");
  const hashes = await Promise.all(envelopes.map(sha256));
  return {
    manifest,
    witness: value.witness,
    issuers: await readIssuers(value.issuers, manifest),
    issuersJson: value.issuers,
    counts,
    done: readDone(value.done),
    envelopes,
    hashes,
    hash: await urnHash(manifest, hashes),
  };
}

/** Opens every envelope, checks and counts the ballots, and signs the head. Refuses with a sentence. */
export async function openUrn(urn, keys, progress) {
  const { manifest } = urn;
  checkKeys(manifest, keys);
  const ballots = await validBallots(urn, keys, progress);
  checkNumbers(manifest, urn.counts, ballots);
  const leaves = await boardLeaves(ballots);
  const head = {
    size: ballots.length,
    root: await boardRoot(leaves),
    invalid: urn.envelopes.length - ballots.length,
    urn: urn.hash,
  };
  const witness = b64u(await keys.witness.sign(await headDigest(manifest, head)));
  const opened = { head, witness, leaves, ballots: openedBallots(manifest, ballots) };
  return { ...opened, openedText: openedText(manifest, opened), auditText: auditText(urn, ballots, opened) };
}

/** Refuses a promise that names other keys than the council's own. */
export function checkKeys(manifest, keys) {
  const named = [unb64u(manifest.opening_key, 65), unb64u(manifest.witness_key, 32)];
  if (!equal(named[0], keys.openingPoint) || !equal(named[1], keys.witness.publicKey))
    throw new Refusal("other_council");
}

/** Fewer than k ballots, or more than invitations were used: nothing is opened. */
export function checkNumbers(manifest, counts, ballots) {
  if (ballots.length < manifest.k) throw new Refusal("too_few_ballots", { k: manifest.k });
  for (const [key, size] of [...countBy(ballots, (ballot) => ballot.unit)].sort()) {
    const { issued, reissued } = counts[key];
    if (size > issued + reissued) {
      throw new Refusal("too_many_ballots", { unit: manifest.units.find((unit) => unit.key === key).name });
    }
  }
}

/** The manifest of an urn or audit file; throws Malformed unless the key that it names signed it. */
export async function readWitnessed({ manifest: text, witness }) {
  const manifest = await readManifest(text);
  if (!(await checkWitness(manifest, unb64u(witness, 64)))) throw new Malformed("the promise is not signed");
  return manifest;
}

/** The hashes of all issuers of a manifest. */
export const issuerHashes = (manifest) => [
  ...new Set([
    manifest.locker_issuer,
    manifest.done_issuer,
    ...manifest.units.map((unit) => unit.issuer).filter(Boolean),
  ]),
];

/** All issuers of the manifest by hash; throws Malformed. Their proofs are not checked here. */
export async function readIssuers(value, manifest) {
  readObject(value, issuerHashes(manifest).sort().join());
  const issuers = new Map();
  for (const [hash, json] of Object.entries(value)) {
    const issuer = await readIssuer(json);
    if (issuer.hash !== hash) throw new Malformed("an issuer does not have the hash that the promise names");
    issuers.set(hash, issuer);
  }
  return issuers;
}

/** How many credentials were issued and reissued, by unit; throws Malformed. */
export function readCounts(value, manifest) {
  const units = manifest.units.filter((unit) => unit.issuer !== null);
  readObject(
    value,
    units
      .map((unit) => unit.key)
      .sort()
      .join(),
  );
  for (const unit of units) {
    const { issued, reissued } = readObject(value[unit.key], "issued,reissued");
    if (!isWhole(issued) || !isWhole(reissued)) throw new Malformed("counts");
  }
  return value;
}

/** Whether more was issued than people were invited, or reissued than the promise allows. */
export function breaksPromise(manifest, counts) {
  const sum = (list) => list.reduce((total, count) => total + count, 0);
  const invited = sum(manifest.units.map((unit) => unit.invited));
  const reissued = sum(Object.values(counts).map((count) => count.reissued));
  const isOver = manifest.units.some((unit) => counts[unit.key]?.issued > unit.invited);
  return isOver || reissued > Math.ceil((manifest.reissue_cap * invited) / 1000);
}

export function readDone(value) {
  if (!isWhole(value)) throw new Malformed("not a whole number");
  return value;
}

/** All valid ballots, each key once: of two the one in the envelope with the lowest hash. Sorted by text. */
async function validBallots(urn, keys, progress) {
  const found = new Map();
  for (let start = 0; start < urn.envelopes.length; start += BATCH) {
    const batch = urn.envelopes.slice(start, start + BATCH);
    const opened = await Promise.all(batch.map((envelope) => openEnvelope(urn, keys, envelope)));
    opened.forEach((ballot, place) => {
      const hash = urn.hashes[start + place];
      const rival = ballot && found.get(ballot.key);
      if (ballot && (!rival || compareBytes(hash, rival.hash) < 0)) found.set(ballot.key, { ballot, hash });
    });
    await progress(Math.min(start + BATCH, urn.envelopes.length), urn.envelopes.length);
  }
  return [...found.values()].map(({ ballot }) => ballot).sort((one, other) => byCodePoint(one.text, other.text));
}

/** The valid ballot in an envelope, or null: why another does not count is never told. */
export async function openEnvelope({ manifest, issuers }, keys, envelope) {
  if (envelope.length !== manifest.size + OVERHEAD) return null;
  try {
    return await readBallot(decode(unpad(await keys.open(manifest.hash, envelope))), manifest, issuers);
  } catch {
    return null;
  }
}

const headJson = (head) => ({ invalid: head.invalid, root: b64u(head.root), size: head.size, urn: b64u(head.urn) });

/** The opened file, back to the server. */
export const openedText = (manifest, opened) =>
  canonical({
    ballots: opened.ballots,
    head: headJson(opened.head),
    kind: "opened",
    leaves: opened.leaves,
    manifest_hash: b64u(manifest.hash),
    peil: 1,
    witness: opened.witness,
  });

const auditText = (urn, ballots, opened) =>
  canonical({
    ballots: ballots.map((ballot) => ballot.text),
    counts: urn.counts,
    done: urn.done,
    envelopes: urn.hashes.map(b64u).sort(),
    head: headJson(opened.head),
    issuers: urn.issuersJson,
    kind: "audit",
    manifest: urn.manifest.text,
    peil: 1,
    witness: urn.witness,
    witness_head: opened.witness,
  });

/** The head of an opened or audit file; throws Malformed. */
export function readHead(value) {
  const { invalid, root, size, urn } = readObject(value, "invalid,root,size,urn");
  if (!isWhole(invalid) || !isWhole(size)) throw new Malformed("not a whole number");
  return { invalid, root: unb64u(root, 32), size, urn: unb64u(urn, 32) };
}
