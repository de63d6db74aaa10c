// Taking a break: the answers go into the locker, and the recovery code comes on screen.
import { Unreachable } from "../api.js";
import { codeCard } from "../codecard.js";
import { announce, button, h, paragraph } from "../dom.js";
import { t } from "../i18n.js";
import { keepBox } from "../keepbox.js";
import { endBridge, save } from "../keeping.js";
import { define, draw, goBack, here } from "../page.js";
import { app } from "../state.js";

define("pause", (route) => {
  if (!route.isSaved) keep(route);
  if (route.isSaved) endBridge();
  const resume = h("p", { class: "go" }, button(t("pause_resume"), () => goBack(), { class: "main" }));
  return { title: t("pause_title"), body: [route.isSaved ? saved() : waiting(route), resume] };
});

const saved = () => [
  paragraph(t("pause_text"), { class: "lead" }),
  h("section", { class: "card" },
    h("h2", {}, t("code_label")), codeCard(), paragraph(t("pause_without"), { class: "small" }), keepBox()),
];

const waiting = (route) => [
  paragraph(t(route.isOffline ? "offline" : "pause_saving"), { class: "lead" }),
  route.isOffline && h("p", {}, button(t("retry"), () => again(route), { class: "second" })),
];

function again(route) {
  route.isOffline = false;
  draw();
}

/** The code is of no use before the server has the draft, so it is shown after that. */
async function keep(route) {
  if (route.isOffline || route.isBusy) return;
  route.isBusy = true;
  try {
    await save();
    app.hasCode = route.isSaved = true;
  } catch (error) {
    if (!(error instanceof Unreachable)) return app.fail(error);
    route.isOffline = true;
  } finally {
    route.isBusy = false;
  }
  if (here() !== route) return undefined;
  draw();
  announce(t(route.isSaved ? "pause_saved" : "offline"), !route.isSaved);
  return undefined;
}
