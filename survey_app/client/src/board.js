// Looking one's own ballot up on the tally list, after the opening: "was I counted?"
//
// The whole list is fetched and checked here, so nobody sees which line is looked for.
import { verify } from "./ed25519.js";
import { Malformed, b64u, canonical, digest, equal, toBytes, unb64u, utf8 } from "./encoding.js";
import { treeRoot } from "./tree.js";

/** The leaves of a list whose head the council and the server have signed; throws Malformed. */
export async function checkBoard(manifest, head, text) {
  const leaves = text.split("\n").slice(0, -1);
  const { size, invalid } = head;
  const [root, urn] = [unb64u(head.root, 32), unb64u(head.urn, 32)];
  const counts = [size, invalid].map((count) => toBytes(BigInt(count), 8));
  const signed = await digest("head", manifest.hash, counts[0], root, counts[1], urn);
  for (const [key, signature] of [[manifest.witness_key, head.witness], [manifest.log_key, head.log]]) {
    if (!(await verify(unb64u(key, 32), signed, unb64u(signature, 64)))) throw new Malformed("an unsigned head");
  }
  if (leaves.length !== size || !equal(await treeRoot(leaves.map(utf8)), root)) throw new Malformed("another list");
  return leaves;
}

/** Whether the ballot is on the list: a line shows a hash only, which nobody else can connect with anything. */
export const isOnBoard = async (leaves, leaf) => leaves.includes(canonical({ hidden: b64u(await digest("leaf", leaf)) }));
