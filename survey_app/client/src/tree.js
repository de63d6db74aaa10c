// The Merkle tree of RFC 9162 (section 2.1) over a list of leaves.
import { concat, sha256 } from "./encoding.js";

const leafHash = (data) => sha256(concat(Uint8Array.of(0), data));
const nodeHash = (left, right) => sha256(concat(Uint8Array.of(1), left, right));

/** The root over leaves (bytes) in their order; the hash of nothing when there are none. */
export async function treeRoot(leaves) {
  let level = await Promise.all(leaves.map(leafHash));
  while (level.length > 1) {
    const pairs = Array.from({ length: level.length >> 1 }, (_, place) =>
      nodeHash(level[2 * place], level[2 * place + 1]),
    );
    const parents = await Promise.all(pairs);
    // A last node without a partner rises as it is.
    level = level.length % 2 ? [...parents, level.at(-1)] : parents;
  }
  return level.length ? level[0] : sha256(new Uint8Array(0));
}
