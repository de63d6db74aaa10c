// The first screen: who asks, why, what the boss will see, who holds the key, until when.
import { fingerprintWords } from "../codes.js";
import { button, h, paragraph, rich } from "../dom.js";
import { minutes } from "../form.js";
import { day, own, t } from "../i18n.js";
import { keepBox } from "../keepbox.js";
import { groupSize, pathUp, reportedUnit } from "../manifest.js";
import { define, go } from "../page.js";
import { app, hasAnswers } from "../state.js";
import { firstStep } from "./steps.js";

define("welcome", () => {
  const { manifest, form } = app;
  return {
    title: own(manifest.title),
    body: [
      paragraph(t("welcome_asks", { organisation: manifest.organisation }), { class: "lead" }),
      h("ul", { class: "facts", "aria-label": t("welcome_facts") },
        h("li", {}, t("welcome_time", { minutes: minutes(form) })),
        h("li", {}, t("welcome_until", { date: day(manifest.closes) })),
        h("li", {}, t("welcome_free"))),
      boss(manifest),
      h("section", { class: "card" },
        h("h2", {}, t("welcome_who")), keyHolder(manifest), words(manifest), independent(manifest)),
      app.mode === "kiosk" ? null : keepBox(),
      h("p", { class: "go" }, button(t(hasAnswers() ? "welcome_continue" : "welcome_start"), start, { class: "main" })),
    ],
  };
});

const start = () => go(...firstStep());

function boss(manifest) {
  const unit = reportedUnit(manifest, app.reportAs);
  return h("section", { class: "card" },
    h("h2", {}, t("welcome_boss")),
    paragraph(t("welcome_boss_text")),
    h("p", { id: "group", "aria-live": "polite" }, smallest(unit)),
    part(manifest),
    paragraph(t("welcome_minimum", { k: manifest.k })),
    paragraph(t("welcome_known"), { class: "small" }));
}

const smallest = ({ key, name }) => rich(t("welcome_group", { unit: name, invited: groupSize(app.manifest, key) }));

/** The label of the level and what it means, with what one has to trust. */
function keyHolder({ level, objection_days: days }) {
  return [h("p", { class: "label" }, t(`level_${level}`)), paragraph(t(`level_${level}_text`, { days }))];
}

/** At level 3 the council's own page is the one that need not be trusted on the server's word. */
function independent(manifest) {
  if (!manifest.independent_client || app.mode === "standalone") return null;
  const address = new URL(manifest.independent_client);
  address.hash = app.invitation.token;
  const link = h("a", { href: address.href, rel: "noreferrer" }, t("welcome_independent_link"));
  return h("p", {}, t("welcome_independent"), " ", link);
}

/** Where the council signs, its words stand in the open: only who compares them knows whose promise this is. */
function words(manifest) {
  const spoken = h("p", { class: "words", translate: "no" }, fingerprintWords(manifest.hash));
  if (manifest.level > 1) return [spoken, paragraph(t("welcome_check_council"))];
  return h("details", {}, h("summary", {}, t("welcome_check")), paragraph(t("welcome_check_server")), spoken);
}

/** The groups to be counted in, from the smallest in the results up to everybody. */
function part(manifest) {
  const reported = reportedUnit(manifest, app.unit);
  const above = pathUp(manifest, reported.key).slice(1);
  if (!above.length) return null;
  const options = [{ value: app.unit, unit: reported }, ...above.map((unit) => ({ value: unit.key, unit }))];
  const choose = (value) => () => {
    app.reportAs = value;
    document.getElementById("group").replaceChildren(...smallest(reportedUnit(manifest, value)));
  };
  const choices = options.map(({ value, unit }) =>
    h("label", { class: "option" },
      h("input", { type: "radio", name: "part", value, ".checked": value === app.reportAs, onchange: choose(value) }),
      h("span", {}, t("welcome_part_option", { unit: unit.name, invited: groupSize(manifest, unit.key) }))));
  return h("details", { ".open": app.reportAs !== app.unit },
    h("summary", {}, t("welcome_part")),
    h("fieldset", { class: "part" }, h("legend", { class: "hint" }, t("welcome_part_hint")), choices));
}
