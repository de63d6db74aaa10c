// The key that is at hand while the page is open, and what it remembers.
import { keysOf, openKeyFile } from "./keys.js";
import { afterSigning, readRegister, withRegister } from "./register.js";
import { Refusal } from "./refusal.js";
import { joinShares } from "./slip39.js";

export const KEY_FILE = "council-key.json";

/** `{ keys, keyFile, register }`; `keyFile` is null when the key came from shares. */
let held = null;
const watchers = [];

export const heldKey = () => held;

/** The key at hand; refuses when there is none. */
export function requireKey() {
  if (held === null) throw new Refusal("no_key");
  return held;
}

/** Calls `watcher` whenever the key at hand changes. */
export const onKey = (watcher) => watchers.push(watcher);

export function forgetKey() {
  hold(null);
}

export async function holdKeyFile(keyFile, passphrase) {
  const { keys } = await openKeyFile(keyFile, passphrase);
  hold({ keys, keyFile, register: await readRegister(keyFile, keys) });
}

export async function holdShares(typed) {
  hold({ keys: await keysOf(joinShares(typed)), keyFile: null, register: new Map() });
}

/** A key that was made a moment ago. */
export function holdNew(keys, keyFile) {
  hold({ keys, keyFile, register: new Map() });
}

/** The register to judge an opening by. Shares remember nothing: there the signature in the file has to do. */
export const registerFor = (manifest) =>
  held.keyFile === null ? afterSigning(held.register, manifest) : held.register;

/** Keeps a new register and returns the files to save: the key file that holds it, if there is one. */
export async function remember(register) {
  held.register = register;
  if (held.keyFile === null) return [];
  held.keyFile = await withRegister(held.keyFile, held.keys, register);
  return [[KEY_FILE, held.keyFile]];
}

function hold(key) {
  held = key;
  for (const watcher of watchers) watcher();
}
