// Fetches booth-ed25519.js, only where the browser has no Ed25519 of its own. The integrity of the
// file is fixed in this script, so that the hash in the manifest covers it too.
//
// In the stand-alone page, where all is one file, the build puts ed25519-inline.js in this place.
/* global ED25519_INTEGRITY */

let loading;

/** The curve of @noble/curves. */
export function fallback() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.integrity = ED25519_INTEGRITY;
    script.onload = () => resolve(globalThis.peilEd25519);
    script.onerror = () => reject(new Error("the fallback for Ed25519 cannot be loaded"));
    script.src = trusted(new URL("booth-ed25519.js", document.querySelector("script[src]").src).href);
    document.head.append(script);
  });
  return loading;
}

/** The page allows scripts of one policy only: this one, with this one address. */
function trusted(address) {
  const policy = globalThis.trustedTypes?.createPolicy("peil", { createScriptURL: () => address });
  return policy ? policy.createScriptURL("") : address;
}
