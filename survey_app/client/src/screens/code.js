// Coming in with a code: an invitation code from a letter or card, or the recovery code of someone who had started.
import { Refused, Unreachable } from "../api.js";
import { BadCode, isRecovery, readRecoveryCode, readToken } from "../codes.js";
import { announce, button, h, paragraph } from "../dom.js";
import { t } from "../i18n.js";
import { bridgedCode, endBridge } from "../keeping.js";
import { define, go } from "../page.js";
import { enter, resume } from "../entering.js";
import { app } from "../state.js";

/** The two codes can be told apart by their length, so neither field is the wrong one. */
define("code", (route) => {
  const isKiosk = app.mode === "kiosk";
  const token = codeField("token", t("code_token"), t("code_token_hint"), TOKEN_ROOM);
  const recovery = codeField("recovery", t("code_recovery"), t("code_recovery_hint"), RECOVERY_ROOM);
  return {
    title: t(isKiosk ? "kiosk_title" : "code"),
    body: [
      paragraph(t(isKiosk ? "kiosk_intro" : "code_intro"), { class: "lead" }),
      codeForm([token, recovery], route.problem, async () => {
        const field = recovery.typed() ? recovery : token;
        if (!field.typed()) throw new Problem(token, t("code_empty"));
        const comesBack = field === recovery || isRecovery(field.typed());
        await answering(field, () => (comesBack ? comeBack(field.typed()) : comeIn(field.typed())));
      }),
    ],
  };
});

/** The invitation at hand was used before: only its recovery code leads on. */
define("resume", (route) => {
  const recovery = codeField("recovery", t("resume_recovery"), t("code_recovery_hint"), RECOVERY_ROOM);
  return {
    title: t("resume"),
    body: [
      paragraph(t("resume_text"), { class: "lead" }),
      codeForm([recovery], route.problem, async () => {
        if (!recovery.typed()) throw new Problem(recovery, t("code_empty"));
        await answering(recovery, () => comeBack(recovery.typed()));
      }),
      h("details", {},
        h("summary", {}, t("resume_lost")), paragraph(t("resume_lost_text")), paragraph(t("resume_never"))),
    ],
  };
});

/** This tab holds a code that nobody has seen yet. On a shared computer that may be someone else's. */
define("unfinished", () => {
  const yes = button(t("unfinished_yes"), () => goOn(yes), { class: "main" });
  const no = button(t("unfinished_no"), startAnew, { class: "second" });
  return {
    title: t("unfinished"),
    body: [paragraph(t("unfinished_text"), { class: "lead" }), h("p", { class: "go" }, yes, no)],
  };
});

async function goOn(yes) {
  yes.disabled = true;
  try {
    await resume(bridgedCode());
  } catch (error) {
    yes.disabled = false;
    const word = error instanceof Refused && error.word;
    if (error instanceof Unreachable) announce(t("error_network_text"), true);
    // Nothing was kept yet: only the invitation leads on, and after that this code.
    else if (["refused", "taken"].includes(word)) askForCode();
    else app.fail(error);
  }
}

function startAnew() {
  endBridge();
  askForCode();
}

const askForCode = () => go(app.invitation ? "resume" : "code", {}, { replace: true });

const TOKEN_ROOM = 24;
const RECOVERY_ROOM = 44;

const comeIn = async (typed) => enter(readToken(typed));
const comeBack = async (typed) => resume(await readRecoveryCode(typed));

/** Something to say at a field. */
class Problem extends Error {
  constructor(field, sentence) {
    super(sentence);
    this.field = field;
  }
}

/** Turns what can be wrong with a code into a sentence at its field. */
async function answering(field, work) {
  try {
    await work();
  } catch (error) {
    const word = error instanceof Refused && error.word;
    if (error instanceof BadCode) throw new Problem(field, t(`code_${error.reason}`, error.details));
    if (word === "unknown") throw new Problem(field, t("code_unknown"));
    if (word === "refused") throw new Problem(field, t("code_nothing"));
    if (word === "taken") throw new Problem(field, t("code_taken"));
    throw error;
  }
}

function codeField(name, label, hint, room) {
  const ids = { hint: `${name}-hint`, error: `${name}-error` };
  const input = h("input", {
    id: name, class: "code-field", size: room, autocomplete: "off", autocapitalize: "characters", spellcheck: "false",
    "aria-describedby": `${ids.hint} ${ids.error}`,
  });
  const error = h("p", { class: "error", id: ids.error });
  return {
    element: h("div", { class: "field" },
      h("label", { for: name }, label), h("p", { class: "hint", id: ids.hint }, hint), input, error),
    /** What was typed; of a scanned link only what stands behind the #. */
    typed: () => input.value.slice(input.value.indexOf("#") + 1).trim(),
    complain(sentence) {
      error.textContent = sentence;
      input.setAttribute("aria-invalid", String(Boolean(sentence)));
      if (sentence) input.focus();
    },
  };
}

function codeForm(fields, problem, open) {
  const send = h("button", { type: "submit", class: "main" }, t("code_open"));
  if (problem) queueMicrotask(() => fields.at(-1).complain(t(problem)));
  return h("form", { novalidate: true, autocomplete: "off", onsubmit },
    fields.map(({ element }) => element), h("p", { class: "go" }, send));

  async function onsubmit(event) {
    event.preventDefault();
    if (send.disabled) return;
    send.disabled = true;
    for (const field of fields) field.complain("");
    try {
      await open();
    } catch (error) {
      if (error instanceof Problem) error.field.complain(error.message);
      else if (error instanceof Unreachable) announce(t("error_network_text"), true);
      else app.fail(error);
    } finally {
      send.disabled = false;
    }
  }
}
