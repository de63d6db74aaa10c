// The promise of a survey, checked before anything about the respondent leaves the page.
import { verify } from "./ed25519.js";
import { Malformed, b64u, canonical, digest, parseCanonical, unb64u } from "./encoding.js";

const KEYS =
  "assisted client closes done_issuer form independent_client k k_invite languages level locker_issuer log_key " +
  "objection_days opening_key opens organisation peil plan reissue_cap rounds size survey title units wave witness_key";

const isWhole = (low, high = 1e9) => (value) => Number.isSafeInteger(value) && low <= value && value <= high;
const isText = (value) => typeof value === "string" && value.trim() !== "" && [...value].length <= 400;
const isBytes = (length) => (value) => unb64u(value, length).length === length;
const isHash = isBytes(32);
const isAddress = (value) => /^https?:\/\/[!-~]{1,400}$/.test(value);
const isListOf = (check) => (value) =>
  Array.isArray(value) && value.every(check) && new Set(value).size === value.length;
const isCut = (value) => typeof value === "string" && /^[!-~]{1,100}$/.test(value);
const hasKeys = (value, keys) => value && typeof value === "object" && Object.keys(value).sort().join(" ") === keys;

function isDay(value) {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\d$/.test(value)) return false;
  const day = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value);
}

const CHECKS = {
  assisted: (value) => typeof value === "boolean",
  client: isHash,
  closes: isDay,
  done_issuer: isHash,
  form: isHash,
  independent_client: (value) => value === null || isAddress(value),
  k: isWhole(2, 1000),
  k_invite: isWhole(2),
  languages: (value) => isListOf((one) => ["nl", "en"].includes(one))(value) && value.length > 0,
  level: isWhole(1, 3),
  locker_issuer: isHash,
  log_key: isHash,
  objection_days: isWhole(0, 365),
  opening_key: isBytes(65),
  opens: isDay,
  organisation: isText,
  peil: (value) => value === 1,
  plan: (value) => hasKeys(value, "cuts levels") && isWhole(0, 100)(value.levels) && isListOf(isCut)(value.cuts),
  reissue_cap: isWhole(0, 1000),
  rounds: isListOf(isDay),
  size: isWhole(1024, 40960),
  survey: (value) => typeof value === "string" && /^[0-9a-hjkmnp-tv-z]{8}$/.test(value),
  title: (value) => hasKeys(value, "en nl") && isText(value.nl) && isText(value.en),
  units: (value) => Array.isArray(value) && value.length > 0 && isTree(value),
  wave: isText,
  witness_key: isHash,
};

/** The manifest of a text, with that text and its hash; throws Malformed. */
export async function readManifest(text) {
  const manifest = parseCanonical(text);
  if (!manifest || Object.keys(manifest).join(" ") !== KEYS) throw new Malformed("not the keys of a manifest");
  for (const [key, check] of Object.entries(CHECKS)) {
    if (!check(manifest[key])) throw new Malformed(`the manifest has a bad ${key}`);
  }
  checkTogether(manifest);
  await checkPoint(unb64u(manifest.opening_key));
  return { ...manifest, text, hash: await digest("manifest", text) };
}

/** Whether the council (at level 1 the server) signed this very text. */
export async function checkWitness(manifest, signature) {
  return verify(unb64u(manifest.witness_key, 32), await digest("witness", manifest.text), signature);
}

/** The questions, which must be the ones that the manifest vouches for; throws Malformed. */
export async function readForm(text, manifest) {
  if (b64u(await digest("form", text)) !== manifest.form) throw new Malformed("not the form of the manifest");
  return parseCanonical(text);
}

/** Root first, parents before children, keys u0, u1, …, and people only where there is a key. */
function isTree(units) {
  const seen = new Set();
  return units.every((unit, place) => {
    if (!hasKeys(unit, "invited issuer key name parent")) return false;
    if (unit.key !== `u${place}` || !isText(unit.name)) return false;
    const isPlaced = place === 0 ? unit.parent === null : seen.has(unit.parent);
    seen.add(unit.key);
    return isPlaced && isWhole(0)(unit.invited) && (unit.invited === 0 ? unit.issuer === null : isHash(unit.issuer));
  });
}

/** What fields have to say about each other. */
function checkTogether({ k, k_invite, level, independent_client, locker_issuer, done_issuer, units, ...manifest }) {
  const days = [manifest.opens, ...manifest.rounds, manifest.closes];
  if (days.some((day, place) => place > 0 && day < days[place - 1])) throw new Malformed("days out of order");
  if ((level === 3) !== (independent_client !== null)) throw new Malformed("level 3, and no other, names a client");
  // With one key for two purposes, a credential for the one would be one for the other.
  const issuers = [locker_issuer, done_issuer, ...units.map((unit) => unit.issuer).filter(Boolean)];
  if (new Set(issuers).size !== issuers.length) throw new Malformed("one issuer has two purposes");
  // A small group with a credential of its own would give away who is in it.
  const counts = units.map((unit) => unit.invited).filter(Boolean);
  if (k_invite < k || !counts.length || Math.min(...counts) < k_invite) throw new Malformed("a group too small");
  const names = new Set(units.map((unit) => canonical([unit.parent, unit.name])));
  if (names.size !== units.length) throw new Malformed("two units of one name below the same unit");
}

/** An opening key that is not on the curve would seal nothing. */
async function checkPoint(point) {
  try {
    await crypto.subtle.importKey("raw", point, { name: "ECDH", namedCurve: "P-256" }, false, []);
  } catch {
    throw new Malformed("the opening key is not a point of P-256");
  }
}

/** The unit itself and all above it, from below. */
export function pathUp(manifest, key) {
  const path = [];
  for (let at = key; at !== null; at = path.at(-1).parent) {
    const unit = manifest.units.find((one) => one.key === at);
    if (!unit) throw new Malformed("a unit that the manifest does not have");
    path.push(unit);
  }
  return path;
}

/** How many people are invited in a unit and all below it. */
export function groupSize(manifest, key) {
  return manifest.units
    .filter((unit) => pathUp(manifest, unit.key).some((above) => above.key === key))
    .reduce((total, unit) => total + unit.invited, 0);
}

/** The unit that stands in the results for `key`: at the depth of the plan, or the unit itself when that is higher. */
export function reportedUnit(manifest, key) {
  const path = pathUp(manifest, key).reverse();
  return path[Math.min(manifest.plan.levels, path.length - 1)];
}
