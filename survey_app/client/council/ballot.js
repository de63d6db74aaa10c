// A ballot, checked in full: form, unit, credential, signature.
import { verify as verifyCredential } from "../src/blindrsa.js";
import { verify } from "../src/ed25519.js";
import { Malformed, b64u, canonical, digest, parseCanonical, unb64u } from "../src/encoding.js";
import { pathUp } from "../src/manifest.js";

/** The values of an object with exactly these keys (in alphabetical order); throws Malformed. */
export function readObject(value, keys) {
  const isObject = value !== null && typeof value === "object" && !Array.isArray(value);
  if (!isObject || Object.keys(value).sort().join() !== keys) throw new Malformed("not the keys that belong here");
  return value;
}

/** One of the protocol's files, of this kind and with these keys besides "kind" and "peil"; throws Malformed. */
export function readKind(text, kind, keys) {
  const value = readObject(parseCanonical(text), [...keys.split(","), "kind", "peil"].sort().join());
  if (value.kind !== kind || value.peil !== 1) throw new Malformed(`not a file of kind ${kind}`);
  return value;
}

export const isText = (value) => typeof value === "string";
export const isWhole = (value) => Number.isSafeInteger(value) && value >= 0 && value <= 1e9;

/** The ballot in `text`; `issuers` by hash. Throws Malformed, its `flaw` says what is wrong. */
export async function readBallot(text, manifest, issuers) {
  const value = readObject(parseCanonical(text), "content,credential,key,signature,unit");
  const { content, unit } = value;
  if (!isText(content) || !isText(unit)) throw new Malformed("the unit and the content of a ballot are texts");
  const key = unb64u(value.key, 32);
  const [credential, signature] = [unb64u(value.credential, 384), unb64u(value.signature, 64)];
  const said = readContent(content);
  if (!manifest.units.some((one) => one.key === unit)) throw flawed("unit");
  const path = pathUp(manifest, unit);
  if (!path.some((above) => above.key === said.report_as)) throw flawed("unit");
  const issuer = issuers.get(path[0].issuer);
  const named = await digest("ballot", manifest.hash, key);
  if (!issuer || !(await verifyCredential(named, issuer.modulus, credential))) throw flawed("credential");
  const contentHash = await digest("content", content);
  if (!(await verify(key, await digest("ballot-sign", manifest.hash, unit, contentHash), signature)))
    throw flawed("signature");
  const leaf = canonical({
    content: b64u(contentHash),
    credential: value.credential,
    key: value.key,
    signature: value.signature,
    unit,
  });
  return {
    text,
    unit,
    key: value.key,
    content,
    contentHash,
    leaf,
    reportAs: said.report_as,
    id: b64u(await digest("ballot-id", key)),
  };
}

/** What the content of a ballot says; throws Malformed. */
export function readContent(text) {
  const value = readObject(parseCanonical(text), "about,answers,report_as,salt");
  const entries = (table) =>
    Object.values(
      readObject(
        table,
        Object.keys(table ?? {})
          .sort()
          .join(),
      ),
    );
  if (!entries(value.about).every(isText)) throw new Malformed("categories are texts");
  if (!entries(value.answers).every(Number.isSafeInteger)) throw new Malformed("answers are whole numbers");
  if (!isText(value.report_as)) throw new Malformed("the unit to report under is a text");
  unb64u(value.salt, 16);
  return value;
}

/** The content of a ballot without the unit that it asks for, which can be deeper than results go. */
export function openedContent(text) {
  const { about, answers, salt } = parseCanonical(text);
  return canonical({ about, answers, salt });
}

/** A leaf as everybody may see it: only who has the ballot can tell that it is hers. */
export const hiddenLeaf = async (leaf) => canonical({ hidden: b64u(await digest("leaf", leaf)) });

function flawed(flaw) {
  const error = new Malformed(`this ballot does not count: ${flaw}`);
  error.flaw = flaw;
  return error;
}
