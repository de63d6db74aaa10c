// The audit: what anybody with the council's bundle can check without the server. The same checks, under the
// same names, as survey_app/anonymity/audit.py.
import { verify } from "../src/ed25519.js";
import { Malformed, b64u, digest, equal, sha256, unb64u } from "../src/encoding.js";
import { checkIssuer, readIssuer } from "../src/issuer.js";
import { checkWitness, readManifest } from "../src/manifest.js";
import { isText, isWhole, readBallot, readKind, readObject } from "./ballot.js";
import { boardLeaves, boardRoot, countBy, headDigest, openedBallots, urnHash } from "./opened.js";
import { breaksPromise, issuerHashes, openEnvelope, openedText, readCounts, readHead, readUrn } from "./opening.js";
import { wordsOfPromise } from "./promise.js";
import { Refusal } from "./refusal.js";

const KEYS = "ballots,counts,done,envelopes,head,issuers,manifest,witness,witness_head";
const FLAWS = ["form", "unit", "credential", "signature"];

/** The audit bundle in `text`; throws Malformed. No signature and no number is checked. */
export async function readBundle(text) {
  const value = readKind(text, "audit", KEYS);
  const manifest = await readManifest(value.manifest);
  readObject(value.issuers, issuerHashes(manifest).sort().join());
  const issuers = await Promise.all(
    Object.entries(value.issuers).map(async ([name, json]) => [name, await readIssuer(json)]),
  );
  if (!Array.isArray(value.ballots) || !value.ballots.every(isText)) throw new Malformed("ballots");
  if (!Array.isArray(value.envelopes) || !isWhole(value.done)) throw new Malformed("envelopes");
  return {
    manifest,
    witness: unb64u(value.witness, 64),
    issuers: new Map(issuers),
    counts: readCounts(value.counts, manifest),
    done: value.done,
    envelopes: value.envelopes.map((envelope) => unb64u(envelope, 32)),
    ballots: value.ballots,
    head: readHead(value.head),
    witnessHead: unb64u(value.witness_head, 64),
  };
}

/** What the record of destruction is about, of an urn or an audit file: `{ manifest, hash, hashes }`. */
export async function readSealed(text) {
  try {
    return await readUrn(text);
  } catch {
    // Then it may be the other kind.
  }
  try {
    const { manifest, witness, envelopes } = await readBundle(text);
    if (!(await checkWitness(manifest, witness))) throw new Malformed("not signed");
    return { manifest, hash: await urnHash(manifest, envelopes), hashes: envelopes };
  } catch {
    throw new Refusal("not_urn_or_audit");
  }
}

/**
 * Checks a bundle and what the server shows where that is given; `progress(done, total)` may be awaited.
 *
 * Returns `{ checks: [{ name, ok, values }], remarks: [{ name, values }] }`.
 */
export async function audit(
  text,
  { words = null, opened = null, head = null, board = null } = {},
  progress = () => {},
) {
  let bundle;
  try {
    bundle = await readBundle(text);
  } catch {
    return { checks: [check("file", false)], remarks: [] };
  }
  const { ballots, flaws } = await soundBallots(bundle, progress);
  const checks = [
    check("file", true),
    ...(await promiseChecks(bundle, words)),
    ...ballotChecks(bundle, ballots, flaws),
    ...numberChecks(bundle, ballots),
  ];
  const counted = {
    head: bundle.head,
    witness: b64u(bundle.witnessHead),
    leaves: await boardLeaves(ballots),
    ballots: openedBallots(bundle.manifest, ballots),
  };
  checks.push(...(await headChecks(bundle, counted)));
  if (opened !== null) checks.push(openedCheck(bundle, counted, opened, checks));
  if (board !== null) checks.push(await publishedCheck(bundle.manifest, counted, head, board));
  return { checks, remarks: remarks(bundle) };
}

/** Verdicts about a receipt under which all may be as it should. */
export const SOUND = ["counted", "in_urn", "replaced"];

/** What became of the envelope of a receipt: counted, replaced, missing, void, forged or other; without keys in_urn. */
export async function checkReceipt(text, receiptText, keys = null) {
  const bundle = await readBundle(text);
  const value = readKind(receiptText, "receipt", "envelope,manifest_hash,receipt");
  const envelope = unb64u(value.envelope);
  const name = await sha256(envelope);
  const { manifest } = bundle;
  if (!equal(unb64u(value.manifest_hash, 32), manifest.hash)) return "other";
  const message = await digest("receipt", manifest.hash, name);
  if (!(await verify(unb64u(manifest.log_key, 32), message, unb64u(value.receipt, 64)))) return "forged";
  if (keys === null) return bundle.envelopes.some((hash) => equal(hash, name)) ? "in_urn" : "missing";
  const ballot = await openEnvelope(bundle, keys, envelope);
  if (ballot === null) return "void";
  if (bundle.ballots.includes(ballot.text)) return "counted";
  const { ballots } = await soundBallots(bundle, () => {});
  return ballots.some((other) => other.key === ballot.key) ? "replaced" : "missing";
}

const check = (name, ok, values = {}) => ({ name, ok, values });

/** The valid ballots, and how many have which flaw. */
async function soundBallots(bundle, progress) {
  const issuers = new Map([...bundle.issuers].filter(([name, issuer]) => issuer.hash === name));
  const ballots = [];
  const flaws = {};
  for (const [place, text] of bundle.ballots.entries()) {
    try {
      ballots.push(await readBallot(text, bundle.manifest, issuers));
    } catch (error) {
      const flaw = error.flaw ?? "form";
      flaws[flaw] = (flaws[flaw] ?? 0) + 1;
    }
    await progress(place + 1, bundle.ballots.length);
  }
  return { ballots, flaws };
}

async function promiseChecks({ manifest, witness, issuers }, words) {
  const checks = [check("witness", await checkWitness(manifest, witness))];
  if (words !== null) {
    const posted = words.toLowerCase().trim().split(/\s+/).join(" ");
    checks.push(check("words", posted === wordsOfPromise(manifest), { words: wordsOfPromise(manifest) }));
  }
  const sound = await Promise.all([...issuers].map(([name, issuer]) => checkIssuer(issuer, name)));
  const bad = sound.filter((one) => !one).length;
  return [...checks, check("issuers", bad === 0, { bad, total: issuers.size })];
}

function ballotChecks(bundle, ballots, flaws) {
  const total = bundle.ballots.length;
  const double = ballots.length - new Set(ballots.map((ballot) => ballot.key)).size;
  return [
    ...FLAWS.map((flaw) => check(flaw, !flaws[flaw], { bad: flaws[flaw] ?? 0, total })),
    check("unique", double === 0, { bad: double, total }),
  ];
}

function numberChecks({ manifest, counts }, ballots) {
  const sizes = countBy(ballots, (ballot) => ballot.unit);
  const stuffed = manifest.units.filter(({ key }) => sizes.get(key) > counts[key]?.issued + counts[key]?.reissued);
  const sum = (key) => Object.values(counts).reduce((total, count) => total + count[key], 0);
  const invited = manifest.units.reduce((total, unit) => total + unit.invited, 0);
  return [
    check("stuffing", stuffed.length === 0, { units: stuffed.map((unit) => unit.name).join(", ") }),
    check("issued", !breaksPromise(manifest, counts), {
      issued: sum("issued"),
      invited,
      reissued: sum("reissued"),
    }),
    check("enough", ballots.length >= manifest.k, { ballots: ballots.length, k: manifest.k }),
  ];
}

async function headChecks({ manifest, head, envelopes, witnessHead }, { leaves }) {
  const found = envelopes.length - leaves.length;
  const isRoot = head.size === leaves.length && equal(head.root, await boardRoot(leaves));
  return [
    check("urn", equal(head.urn, await urnHash(manifest, envelopes)), { envelopes: envelopes.length }),
    check("invalid", head.invalid === found, { found, said: head.invalid }),
    check("board", isRoot, { ballots: leaves.length }),
    check("head", await verify(unb64u(manifest.witness_key, 32), await headDigest(manifest, head), witnessHead)),
  ];
}

/** The opened file has one form, so that of the server is right when it is, byte for byte, ours. */
function openedCheck({ manifest }, counted, opened, checks) {
  const isSound = checks.every(({ name, ok }) => ok || !["unique", "enough", "board", "head"].includes(name));
  if (isSound && opened === openedText(manifest, counted)) return check("opened", true);
  try {
    const write = ({ content, id, unit }) => [id, unit, content].join();
    const [theirs, ours] = [JSON.parse(opened).ballots, counted.ballots].map((list) => new Set(list.map(write)));
    const different =
      [...theirs].filter((one) => !ours.has(one)).length + [...ours].filter((one) => !theirs.has(one)).length;
    return check("opened", false, { different });
  } catch {
    return check("opened", false);
  }
}

/** What the server shows everybody: a head with two signatures, and the leaves, one a line. */
async function publishedCheck(manifest, counted, head, board) {
  try {
    const { witness, log, ...rest } = readObject(head, "invalid,log,root,size,urn,witness");
    const read = readHead(rest);
    const signed = await headDigest(manifest, read);
    for (const [key, signature] of [
      [manifest.witness_key, witness],
      [manifest.log_key, log],
    ]) {
      if (!(await verify(unb64u(key, 32), signed, unb64u(signature, 64)))) throw new Malformed("head");
    }
    const leaves = board === "" ? [] : board.split("\n");
    if (leaves.length !== read.size || !equal(read.root, await boardRoot(leaves))) throw new Malformed("board");
    const [theirs, ours] = [new Set(leaves), new Set(counted.leaves)];
    const missing = [...ours].filter((leaf) => !theirs.has(leaf)).length;
    const added = [...theirs].filter((leaf) => !ours.has(leaf)).length;
    const isSame =
      leaves.length === counted.leaves.length && leaves.every((leaf, place) => leaf === counted.leaves[place]);
    return check("published", isSame, { missing, added });
  } catch {
    return check("published", false);
  }
}

/** What may be as it should, and may not. */
function remarks({ done, envelopes }) {
  return done > envelopes.length ? [{ name: "done", values: { done, envelopes: envelopes.length } }] : [];
}
