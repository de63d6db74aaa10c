// Builds the works council's page: one HTML file with everything in it, which needs no network.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** Modules that have another one in their place here. */
const REPLACED = new Map([
  ["crypto", path("crypto-for-slip39.js")],
  ["./ed25519-fallback.js", path("../src/ed25519-inline.js")],
]);

const replace = {
  name: "replace",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^crypto$|^\.\/ed25519-fallback\.js$/ }, (found) => ({ path: REPLACED.get(found.path) })),
};

/** The page as text; the same sources always give the same bytes. */
export async function makeCouncilPage() {
  const bundle = await build({
    bundle: true,
    charset: "utf8",
    // slip39 makes its arrays of bytes with Node's Buffer; what it needs of them, Uint8Array has too.
    define: { Buffer: "Uint8Array" },
    entryPoints: [path("main.js")],
    format: "iife",
    legalComments: "inline",
    minify: true,
    plugins: [replace],
    target: ["chrome111", "firefox113", "safari16.4"],
    write: false,
  });
  const style = await build({ entryPoints: [path("council.css")], minify: true, write: false });
  const parts = {
    script: bundle.outputFiles[0].text.replaceAll("</script", "<\\/script"),
    style: style.outputFiles[0].text,
  };
  const hash = (text) => `sha256-${createHash("sha256").update(text).digest("base64")}`;
  return readFileSync(path("council.html"), "utf8").replace(/\{\{([\w-]+)\}\}/g, (_, name) =>
    name.endsWith("-hash") ? hash(parts[name.slice(0, -"-hash".length)]) : parts[name],
  );
}

/** Writes the page below the root of the project, or of what stands in its place. */
export async function buildCouncil(root = path("../../..")) {
  const target = join(root, "survey_app/static/council/council.html");
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, await makeCouncilPage());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildCouncil();
