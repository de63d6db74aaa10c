// What comes out of an opening: the board with its head, and the ballots under the units they are reported by.
import { Malformed, b64u, digest, toBytes, utf8 } from "../src/encoding.js";
import { pathUp } from "../src/manifest.js";
import { hiddenLeaf } from "./ballot.js";
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

/** The sorted leaves of all valid ballots; those of a unit with fewer than k are hidden. */
export async function boardLeaves(manifest, ballots) {
  const sizes = countBy(ballots, (ballot) => ballot.unit);
  const show = (ballot) => (sizes.get(ballot.unit) >= manifest.k ? ballot.leaf : hiddenLeaf(ballot.leaf));
  return (await Promise.all(ballots.map(show))).sort(byCodePoint);
}

/** The ballots as the server gets them, sorted by their ids. */
export function openedBallots(manifest, ballots) {
  const units = reportedUnits(
    manifest,
    countBy(ballots, (ballot) => ballot.reportAs),
  );
  const opened = ballots.map((ballot) => ({
    content: ballot.content,
    id: ballot.id,
    unit: units.get(ballot.reportAs),
  }));
  return opened.sort((one, other) => byCodePoint(one.id, other.id));
}

/** Under which unit ballots appear, by the unit that they ask to be reported under. */
export function reportedUnits(manifest, wanted) {
  const sizes = new Map(wanted);
  const moved = new Map();
  const depth = (unit) => pathUp(manifest, unit.key).length;
  for (const unit of [...manifest.units].sort((one, other) => depth(other) - depth(one))) {
    const size = sizes.get(unit.key) ?? 0;
    if (unit.parent !== null && size > 0 && size < manifest.k) {
      moved.set(unit.key, unit.parent);
      sizes.delete(unit.key);
      sizes.set(unit.parent, (sizes.get(unit.parent) ?? 0) + size);
    }
  }
  const end = (key) => (moved.has(key) ? end(moved.get(key)) : key);
  return new Map([...wanted.keys()].map((key) => [key, end(key)]));
}

export function compareBytes(one, other) {
  const place = one.findIndex((byte, at) => byte !== other[at]);
  return place < 0 ? 0 : one[place] - other[place];
}
