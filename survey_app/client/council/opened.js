// What comes out of an opening: the board with its head, and the ballots under the units they are reported by.
import { Malformed, b64u, digest, toBytes, utf8 } from "../src/encoding.js";
import { pathUp, reportedUnit } from "../src/manifest.js";
import { hiddenLeaf, openedContent } from "./ballot.js";
import { byCodePoint } from "./order.js";
import { treeRoot } from "../src/tree.js";

/** How often each value of `key` occurs. */
export function countBy(list, key) {
  const counts = new Map();
  for (const entry of list) counts.set(key(entry), (counts.get(key(entry)) ?? 0) + 1);
  return counts;
}

/** What the council and the server sign of a head: `root` and `urn` are bytes. */
export const headDigest = (manifest, head) =>
  digest("head", manifest.hash, toBytes(BigInt(head.size), 8), head.root, toBytes(BigInt(head.invalid), 8), head.urn);

/** U of the protocol: the hash of a set of envelopes, of which the SHA-256s are given as bytes. */
export const urnHash = (manifest, hashes) =>
  digest("urn", manifest.hash, ...[...hashes].sort((one, other) => compareBytes(one, other)));

export const boardRoot = (leaves) => treeRoot(leaves.map(utf8));

/** The sorted leaves of all valid ballots, as everybody may see them. */
export const boardLeaves = async (ballots) =>
  (await Promise.all(ballots.map((ballot) => hiddenLeaf(ballot.leaf)))).sort(byCodePoint);

/** The ballots as the server gets them, sorted by their ids. */
export function openedBallots(manifest, ballots) {
  const units = reportedUnits(
    manifest,
    countBy(ballots, (ballot) => ballot.reportAs),
  );
  const opened = ballots.map((ballot) => ({
    content: openedContent(ballot.content),
    id: ballot.id,
    unit: units.get(ballot.reportAs),
  }));
  return opened.sort((one, other) => byCodePoint(one.id, other.id));
}

/**
 * Under which unit ballots appear, by the unit that they ask to be reported under.
 *
 * Not deeper than the plan, and every unit, the organisation too, ends up with none or at least k: a unit
 * with fewer gives all to the one above it; then, while the organisation has a rest of fewer than k, the
 * unit with the fewest ballots (of equal ones the first in the manifest) gives all of its ballots to it.
 */
export function reportedUnits(manifest, wanted) {
  const { k, units } = manifest;
  const found = new Map([...wanted.keys()].map((key) => [key, reportedUnit(manifest, key).key]));
  const sizes = new Map(units.map((unit) => [unit.key, 0]));
  for (const [key, size] of wanted) sizes.set(found.get(key), sizes.get(found.get(key)) + size);
  const isSmall = (key) => sizes.get(key) > 0 && sizes.get(key) < k;
  const give = (unit, above) => {
    sizes.set(above, sizes.get(above) + sizes.get(unit));
    sizes.set(unit, 0);
    for (const [key, end] of found) if (end === unit) found.set(key, above);
  };
  const depth = (unit) => pathUp(manifest, unit.key).length;
  for (const { key, parent } of [...units].sort((one, other) => depth(other) - depth(one))) {
    if (parent !== null && isSmall(key)) give(key, parent);
  }
  const [top, ...others] = units.map((unit) => unit.key);
  while (isSmall(top)) {
    const [smallest] = others.filter((key) => sizes.get(key)).sort((one, other) => sizes.get(one) - sizes.get(other));
    if (!smallest) break;
    give(smallest, top);
  }
  return found;
}

export function compareBytes(one, other) {
  const place = one.findIndex((byte, at) => byte !== other[at]);
  return place < 0 ? 0 : one[place] - other[place];
}
