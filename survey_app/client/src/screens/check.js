// Looking everything over before it is sent, and sending it.
import { Unreachable } from "../api.js";
import { b64u } from "../encoding.js";
import { announce, button, h, paragraph } from "../dom.js";
import { RATHER_NOT_SAY, countedContent, route as routed, visibleScreens } from "../form.js";
import { day, own, t } from "../i18n.js";
import { ensureCredentials, inTurn, saveQuietly } from "../keeping.js";
import { groupSize, reportedUnit } from "../manifest.js";
import { define, go } from "../page.js";
import { app, draftState } from "../state.js";
import { progress, stepBack } from "./steps.js";

define("check", (route) => {
  const send = button(t("check_send"), () => submit(send), { class: "main", id: "send" });
  return {
    title: t("check"),
    step: progress(route),
    leave: saveQuietly,
    body: [
      paragraph(t("check_intro"), { class: "lead" }),
      visibleScreens(app.form, app.answers).map(topic),
      app.form.about.length ? about() : null,
      part(),
      paragraph(t("check_later", { date: day(app.manifest.closes) })),
      h("p", { class: "go" }, send, button(t("back"), stepBack, { class: "second" })),
    ],
  };
});

const section = (title, route, pairs) =>
  h("section", { class: "card checked" },
    h("div", { class: "between" },
      h("h2", {}, title),
      button(t("check_edit"), () => go(...route), { class: "quiet", "aria-label": t("check_edit_of", { title }) })),
    h("dl", {}, pairs.map(pair)));

const pair = ([question, answer]) =>
  h("div", {},
    h("dt", {}, question), h("dd", { class: answer === null && "nothing" }, answer ?? t("check_unanswered")));

function topic(screen) {
  const shown = routed(app.form, app.answers);
  const asked = screen.items.filter(({ key }) => shown.has(key));
  return section(own(screen.title), ["question", { key: screen.key }],
    asked.map((item) => [own(item.text), said(item, shown.get(item.key))]));
}

function said(item, code) {
  if (code === null) return null;
  if (code === RATHER_NOT_SAY) return t("rather_not");
  const option = item.options.find((one) => one.code === code);
  return option ? own(option.label) : String(code);
}

function about() {
  const words = ({ key, options }) => {
    if (app.about[key] === "") return t("rather_not");
    const option = options.find((one) => one.key === app.about[key]);
    return option ? own(option.label) : null;
  };
  return section(t("about"), ["about"], app.form.about.map((cut) => [own(cut.text), words(cut)]));
}

function part() {
  const { key, name } = reportedUnit(app.manifest, app.reportAs);
  const said = t("welcome_part_option", { unit: name, invited: groupSize(app.manifest, key) });
  return section(t("check_part"), ["welcome"], [[t("check_group"), said]]);
}

/** One click; whatever goes wrong, the answers stay here and may be sent again. */
async function submit(send) {
  if (send.disabled) return;
  send.disabled = true;
  announce(t("sending"));
  try {
    await inTurn(deliver);
    app.isSent = true;
    app.isChanged = false;
    go("thanks", {}, { replace: true });
  } catch (error) {
    send.disabled = false;
    if (error instanceof Unreachable) announce(t("offline_send"), true);
    else app.fail(error);
  }
}

async function deliver() {
  await ensureCredentials();
  const salt = b64u(crypto.getRandomValues(new Uint8Array(16)));
  await app.respondent.saveDraft(draftState(salt));
  await app.respondent.submit(countedContent(app.form, draftState(salt)));
}
