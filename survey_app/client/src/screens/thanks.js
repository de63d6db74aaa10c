// After sending: the receipt, the recovery code, changing and withdrawing, and the private mirror.
import { button, h, paragraph } from "../dom.js";
import { countedAnswers } from "../form.js";
import { day, t } from "../i18n.js";
import { codeCard } from "../codecard.js";
import { scheduleDone, stopDone } from "../done.js";
import { keepBox } from "../keepbox.js";
import { endBridge, inTurn, save } from "../keeping.js";
import { define, go, goBack } from "../page.js";
import { app } from "../state.js";
import { mirror, places } from "./mirror.js";
import { firstStep } from "./steps.js";

define("thanks", () => {
  const date = day(app.manifest.closes);
  const isKiosk = app.mode === "kiosk";
  app.hasCode = true;
  endBridge();
  scheduleDone();
  return {
    title: t("thanks"),
    body: [
      paragraph(t("thanks_text"), { class: "lead" }),
      isKiosk && h("p", { class: "go" }, button(t("kiosk_finish"), () => app.wipe(), { class: "main" })),
      h("section", { class: "card" },
        h("h2", {}, t("thanks_code")),
        paragraph(t(isKiosk ? "kiosk_code_text" : "thanks_code_text", { date })),
        codeCard(),
        isKiosk ? null : keepBox()),
      doneBox(),
      mirror(countedAnswers(app.form, app.answers)),
      places(),
      isKiosk ? null : more(),
    ],
  };
});

function more() {
  const { level } = app.manifest;
  return h("section", { class: "card" },
    h("h2", {}, t("thanks_more")),
    paragraph(t("check_later", { date: day(app.manifest.closes) })),
    h("p", { class: "buttons" },
      app.respondent.credentials && button(t("thanks_change"), () => go(...firstStep()), { class: "second" }),
      button(t("thanks_withdraw"), () => go("withdraw"), { class: "second" })),
    app.respondent.receipt && [
      paragraph(t(level === 1 ? "thanks_receipt_server" : "thanks_receipt_council")),
      h("p", { class: "buttons" }, button(t("thanks_receipt"), saveReceipt, { class: "second" })),
    ]);
}

/** Hands the receipt to the browser as a file; nothing is sent. */
function saveReceipt() {
  const address = URL.createObjectURL(new Blob([app.respondent.receiptFile()], { type: "application/json" }));
  h("a", { href: address, download: `peil-${app.survey}-receipt.json` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function doneBox() {
  if (!app.respondent.canTell) return null;
  const attributes = { type: "checkbox", ".checked": app.tellsDone, "aria-describedby": "done-hint" };
  const box = h("input", { ...attributes, onchange: toggle });
  function toggle() {
    app.tellsDone = box.checked;
    if (box.checked) scheduleDone();
    else stopDone();
  }
  return h("div", { class: "keep", id: "done" },
    h("label", { class: "option" }, box, h("span", {}, t("done"))),
    h("p", { class: "hint", id: "done-hint" }, t("done_hint")));
}

define("withdraw", () => {
  const yes = button(t("withdraw_yes"), () => withdraw(yes), { class: "main danger" });
  return {
    title: t("withdraw"),
    body: [
      paragraph(t("withdraw_text", { date: day(app.manifest.closes) }), { class: "lead" }),
      h("p", { class: "go" }, yes, button(t("withdraw_no"), () => goBack(["thanks"]), { class: "second" })),
    ],
  };
});

async function withdraw(yes) {
  yes.disabled = true;
  stopDone();
  try {
    await inTurn(() => app.respondent.withdraw());
  } catch (error) {
    yes.disabled = false;
    return app.fail(error);
  }
  Object.assign(app, { answers: {}, about: {}, typed: {}, isSent: false, isChanged: false });
  go("withdrawn", {}, { replace: true });
  // An empty locker that the code alone can open again; without it only the invitation could.
  save().catch(() => {});
  return undefined;
}

define("withdrawn", () => ({
  title: t("withdrawn"),
  body: [
    paragraph(t("withdrawn_text", { date: day(app.manifest.closes) }), { class: "lead" }),
    h("section", { class: "card" }, h("h2", {}, t("code_label")), codeCard()),
    h("p", { class: "go" }, button(t("withdrawn_again"), () => go(...firstStep()), { class: "second" })),
  ],
}));
