// What booth-ed25519.js holds.
import { ed25519 } from "@noble/curves/ed25519.js";

globalThis.peilEd25519 = { getPublicKey: ed25519.getPublicKey, sign: ed25519.sign, verify: ed25519.verify };
