// The page on another host, such as the works council's: it has to be told which server and which survey.
//
// Both stand in the address (?server=…&survey=…, and &manifest=… to insist on one promise), or are typed in.
import { connect } from "../api.js";
import { h, paragraph } from "../dom.js";
import { t } from "../i18n.js";
import { define, go } from "../page.js";
import { app } from "../state.js";

const SURVEY = /^[0-9a-hjkmnp-tv-z]{8}$/;
/** The second is this very machine, for trying things out. */
const SERVER = /^(https:\/\/|http:\/\/(localhost|127\.0\.0\.1)\b)[^\s?#]+$/;

let proceed;

/** Starts with what the address tells, or asks for it. */
export function standaloneFrom(told, start) {
  proceed = start;
  app.pinned = told.get("manifest");
  if (use(told.get("server") ?? "", told.get("survey") ?? "")) return start();
  return go("standalone", {}, { replace: true });
}

function use(server, survey) {
  if (!SERVER.test(server) || !SURVEY.test(survey)) return false;
  app.call = connect(server.replace(/\/+$/, ""));
  app.survey = survey;
  return true;
}

define("standalone", () => {
  const field = (name, label) => {
    const attributes = { autocomplete: "off", spellcheck: "false", "aria-describedby": "standalone-error" };
    const input = h("input", { id: name, ...attributes });
    return { input, element: h("div", { class: "field" }, h("label", { for: name }, label), input) };
  };
  const server = field("server", t("standalone_server"));
  const survey = field("survey", t("standalone_survey"));
  const error = h("p", { class: "error", id: "standalone-error", role: "alert" });
  const onsubmit = (event) => {
    event.preventDefault();
    if (use(server.input.value.trim(), survey.input.value.trim().toLowerCase())) return proceed();
    error.textContent = t("standalone_error");
    return server.input.focus();
  };
  return {
    title: t("standalone"),
    body: [
      paragraph(t("standalone_text"), { class: "lead" }),
      h("form", { novalidate: true, onsubmit }, server.element, survey.element, error,
        h("p", { class: "go" }, h("button", { type: "submit", class: "main" }, t("code_open")))),
    ],
  };
});
