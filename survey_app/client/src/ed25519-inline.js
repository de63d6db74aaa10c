// The same as ed25519-fallback.js, where the library is in the same file.
import { ed25519 } from "@noble/curves/ed25519.js";

export const fallback = async () => ed25519;
