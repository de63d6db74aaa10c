// When something is in the way: one calm sentence, what it means for the answers, and what can be done.
import { Refused, Unreachable } from "../api.js";
import { announce, button, h, paragraph } from "../dom.js";
import { countedContent } from "../form.js";
import { day, t } from "../i18n.js";
import { inTurn, saveQuietly } from "../keeping.js";
import { define, go } from "../page.js";
import { Alarm } from "../respondent.js";
import { TooLong } from "../sealing.js";
import { app, takeState } from "../state.js";
import { goToPlace } from "./steps.js";

app.fail = (error) => {
  if (error instanceof Unreachable) announce(t(error.isServer ? "error_server_text" : "offline"), true);
  else if (error instanceof TooLong) announce(t("error_full_text"), true);
  else if (error instanceof Alarm) end("alarm", error.message);
  else if (!(error instanceof Refused)) throw error;
  else if (error.word === "slow_down") announce(t("error_slow_text"), true);
  else if (error.word === "taken") usedElsewhere();
  else if (error.word === "changed") contested();
  else if (["closed", "early", "unknown"].includes(error.word)) end(error.word);
  else end("alarm", error.word);
};

/** The same invitation was begun elsewhere in the meantime; what is filled in here stays until that is settled. */
function usedElsewhere() {
  app.invitation.isIssued = true;
  go("resume", {}, { replace: true });
}

/** Nothing is saved until the respondent has said which answers stand. */
function contested() {
  app.isContested = true;
  go("conflict", {}, { replace: true });
}

/** A screen that is the end of this visit. */
function end(kind, word) {
  app.isOver = true;
  go("trouble", { kind, word }, { replace: true });
}

const DAYS = { early: "opens", closed: "closes" };

define("trouble", ({ kind, word }) => {
  const isPassing = ["network", "server"].includes(kind);
  const date = DAYS[kind] && app.manifest && day(app.manifest[DAYS[kind]]);
  // Before the works council has signed there is no day to rely on.
  const late = { alarm: app.respondent && "error_alarm_later", early: !date && "error_unsigned_text" };
  const key = late[kind] || `error_${kind}_text`;
  return {
    title: t(isPassing ? "error" : `error_${kind}`),
    body: [
      paragraph(t(key, { date, word }), { class: "lead" }),
      app.mode === "kiosk" && h("p", { class: "go" }, button(t("kiosk_stop"), () => app.wipe(), { class: "main" })),
      isPassing && h("p", { class: "go" }, button(t("retry"), () => app.retry(), { class: "main" })),
      kind === "closed" && app.mode !== "kiosk" &&
        h("p", {}, button(t("error_closed_code"), () => go("code"), { class: "second" })),
    ],
  };
});

/** Someone filled in the same survey with the same code elsewhere. */
define("conflict", () => ({
  title: t("conflict"),
  body: [
    paragraph(t("conflict_text"), { class: "lead" }),
    h("p", { class: "go" },
      button(t("conflict_here"), () => settle(false), { class: "main" }),
      button(t("conflict_there"), () => settle(true), { class: "second" })),
  ],
}));

async function settle(takesOver) {
  try {
    const { state, isSent } = await inTurn(() => app.respondent.open());
    Object.assign(app, { isSent, isContested: false });
    if (takesOver && state) takeState(state);
    app.isChanged = !takesOver;
  } catch (error) {
    return app.fail(error);
  }
  goToPlace({ replace: true });
  return saveQuietly();
}

/** After closing, a recovery code is good for two things: seeing that one was counted, and having it all erased. */
define("later", () => {
  const look = button(t("later_look"), () => lookUp(look), { class: "main" });
  const yes = button(t("later_yes"), () => erase(yes), { class: "main danger" });
  return {
    title: t("later"),
    body: [
      paragraph(t("later_both"), { class: "lead" }),
      h("p", { class: "go" }, look),
      h("section", { class: "card apart" },
        h("h2", {}, t("later_erase")), paragraph(t("later_warning")), h("p", { class: "go" }, yes)),
    ],
  };
});

async function lookUp(look) {
  look.disabled = true;
  try {
    const found = await inTurn(() => app.respondent.findOnBoard((state) => countedContent(app.form, state)));
    announce(t(`later_${found}`), found !== "counted");
  } catch (error) {
    notYet(error);
  }
  look.disabled = false;
}

async function erase(yes) {
  yes.disabled = true;
  try {
    await app.respondent.withdrawBallot();
    announce(t("later_done"));
    yes.remove();
  } catch (error) {
    yes.disabled = false;
    notYet(error);
  }
}

/** Before the opening, and under a code that nothing was sent with, there is nothing to be found. */
function notYet(error) {
  if (error instanceof Refused && error.word !== "slow_down") announce(t("later_nothing"), true);
  else app.fail(error);
}
