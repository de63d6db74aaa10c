// Builds everything that browsers get from this folder; `npm ci --ignore-scripts && node build.mjs`.
//
// The same sources give the same bytes on every machine. What is built is committed, so that running
// Peil needs no Node; tests/survey_app/client/ builds again and compares. `node build.mjs DIR` writes
// below DIR instead of the project, which is how that test works.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { buildCouncil } from "./council/build.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const project = join(here, "../..");
const target = process.argv[2] ?? project;
const STATIC = "survey_app/static/client";

const read = (...path) => readFileSync(join(project, ...path), "utf8");
const integrityOf = (content) => `sha384-${createHash("sha384").update(content).digest("base64")}`;

function write(path, content) {
  const place = join(target, path);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, content);
}

/** The file, and beside it the same with gzip; no time or name stands in that. */
function writeBoth(path, content) {
  write(path, content);
  write(`${path}.gz`, gzipSync(content, { level: 9 }));
}

/** The keys above the first table of a text catalogue: `key = "text"` on one line each. */
function boothTexts(language) {
  const texts = {};
  for (const line of read("survey_app/respond/texts", `${language}.toml`).split("\n")) {
    if (line.startsWith("[")) break;
    const pair = line.match(/^(\w+) = (".*")$/);
    if (pair) texts[pair[1]] = JSON.parse(pair[2]);
    else if (line && !line.startsWith("#")) throw new Error(`${language}.toml: not 'key = "text"': ${line}`);
  }
  return texts;
}

const texts = {
  name: "texts",
  setup(plugins) {
    plugins.onResolve({ filter: /^peil:texts$/ }, () => ({ path: "texts", namespace: "peil" }));
    plugins.onLoad({ filter: /.*/, namespace: "peil" }, () => {
      const tables = JSON.stringify({ nl: boothTexts("nl"), en: boothTexts("en") }, null, 1);
      return { contents: `export const TEXTS = ${tables};`, loader: "js" };
    });
  },
};

/** Puts @noble/curves into the file itself, for pages that are one file. */
export const inlineFallback = {
  name: "inline-fallback",
  setup(plugins) {
    plugins.onResolve({ filter: /ed25519-fallback\.js$/ }, () => ({ path: join(here, "src/ed25519-inline.js") }));
  },
};

/** One small script of a module and all it needs; who audits it builds it again from the sources. */
export async function bundle(entry, { plugins = [], define = {}, banner = "" } = {}) {
  const made = await build({
    absWorkingDir: here,
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    minify: true,
    define,
    banner: { js: banner },
    plugins: [texts, ...plugins],
    logLevel: "warning",
  });
  return made.outputFiles[0].text;
}

function standalone(script, style) {
  const hash = createHash("sha256").update(script).digest("base64");
  const policy =
    `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; connect-src 'none'; ` +
    "base-uri 'none'; form-action 'none'";
  return read("survey_app/client/standalone.html")
    .replace("{policy}", () => policy)
    .replace("{style}", () => style)
    .replace("{script}", () => script);
}

/** The licences of what is bundled, in full. */
function licences() {
  const names = ["@hpke/core", "@hpke/common", "@noble/curves", "@noble/hashes", "slip39"];
  const parts = names.map((name) => {
    const { version, license } = JSON.parse(read("survey_app/client/node_modules", name, "package.json"));
    const file = ["LICENSE", "LICENSE.md"].find((one) => existsSync(join(here, "node_modules", name, one)));
    return `${name} ${version} (${license})\n\n${file ? read("survey_app/client/node_modules", name, file).trim() : ""}\n`;
  });
  const intro = "The scripts in this folder, and the works council's page, are part of Peil (EUPL-1.2) and hold parts of:\n";
  return [intro, ...parts].join(`\n${"-".repeat(72)}\n\n`).replaceAll("\r\n", "\n");
}

async function buildBooth() {
  const notice = "/* Peil, EUPL-1.2; parts of others: LICENSES.txt. Readable sources: survey_app/client/. */";
  const ed25519 = await bundle("src/ed25519-file.js", { banner: notice });
  writeBoth(`${STATIC}/booth-ed25519.js`, ed25519);
  const define = { ED25519_INTEGRITY: JSON.stringify(integrityOf(ed25519)) };
  writeBoth(`${STATIC}/booth.js`, await bundle("src/booth.js", { define, banner: notice }));
  const alone = await bundle("src/booth.js", { plugins: [inlineFallback], banner: notice });
  writeBoth(`${STATIC}/booth-standalone.html`, standalone(alone, read("survey_app/static/respond.css")));
  write(`${STATIC}/LICENSES.txt`, licences());
  write("tests/journeys/client.js", await bundle("testing.js", { plugins: [inlineFallback] }));
}

/** What all of this was built from: a test without Node sees from these sums that nothing was built too little. */
function sources() {
  const roots = ["survey_app/client/src", "survey_app/client/council", "survey_app/respond/texts", "survey_app/cli/council_texts"];
  const single = ["build.mjs", "package-lock.json", "standalone.html", "testing.js"].map((name) => `survey_app/client/${name}`);
  const inside = (folder) =>
    readdirSync(join(project, folder), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? inside(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
    );
  const files = [...roots.flatMap(inside), ...single, "survey_app/static/respond.css"].sort();
  return files.map((file) => `${createHash("sha256").update(readFileSync(join(project, file))).digest("hex")}  ${file}\n`).join("");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildBooth();
  await buildCouncil(target);
  write(`${STATIC}/SOURCES.txt`, sources());
}
