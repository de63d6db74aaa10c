// The client's cryptography for tests/journeys: what a page of the tests hands to Python.
import * as blindrsa from "./src/blindrsa.js";
import * as codes from "./src/codes.js";
import * as derive from "./src/derive.js";
import * as ed25519 from "./src/ed25519.js";
import * as encoding from "./src/encoding.js";
import * as form from "./src/form.js";
import * as issuer from "./src/issuer.js";
import * as manifest from "./src/manifest.js";
import * as mirror from "./src/mirror.js";
import * as sealing from "./src/sealing.js";
import { fallback } from "./src/ed25519-inline.js";

globalThis.peilTest = { blindrsa, codes, derive, ed25519, encoding, fallback, form, issuer, manifest, mirror, sealing };
