// The page on another host, such as the works council's, or opened as a file.
//
// The council has put into the file which server it talks with and which promise it insists on (`peil council
// client`). Nothing in an address changes that, and without it the page does nothing: then whoever runs the
// server could show each visitor a promise of his own making.
import { connect } from "../api.js";
import { paragraph } from "../dom.js";
import { t } from "../i18n.js";
import { define } from "../page.js";
import { app } from "../state.js";

const SURVEY = /^[0-9a-hjkmnp-tv-z]{8}$/;
const HASH = /^[\w-]{43}$/;
/** This very machine, for trying things out. */
const HERE = ["localhost", "127.0.0.1", "[::1]"];

/** Takes over what the file pins; whether there was something that can be used. */
export function pin() {
  const { server, survey, manifest } = written() ?? {};
  if (!isOrigin(server) || !SURVEY.test(survey) || !HASH.test(manifest)) return false;
  Object.assign(app, { survey, pinned: manifest, call: connect(server) });
  return true;
}

function written() {
  try {
    return JSON.parse(document.getElementById("pinned").textContent);
  } catch {
    return null;
  }
}

function isOrigin(server) {
  try {
    const { origin, protocol, hostname } = new URL(server);
    return origin === server && (protocol === "https:" || (protocol === "http:" && HERE.includes(hostname)));
  } catch {
    return false;
  }
}

define("standalone", () => ({
  title: t("standalone_empty"),
  body: [paragraph(t("standalone_empty_text"), { class: "lead" }), paragraph(t("standalone_empty_council"))],
}));
