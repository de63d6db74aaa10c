// The respondent's page: loads the promise, checks it, and only then looks at who is there.
import { Refused, Unreachable, connect } from "./api.js";
import { BadCode, isRecovery, readRecoveryCode, readToken } from "./codes.js";
import { choose, language, setLanguage } from "./i18n.js";
import { enter, resume } from "./entering.js";
import { bridgedCode, keptCode } from "./keeping.js";
import { watch } from "./kiosk.js";
import { go } from "./page.js";
import { loadPromise } from "./respondent.js";
import { app, hasAnswers } from "./state.js";
import "./screens/check.js";
import "./screens/code.js";
import "./screens/pause.js";
import "./screens/questions.js";
import { pin } from "./screens/standalone.js";
import "./screens/thanks.js";
import "./screens/trouble.js";
import "./screens/welcome.js";

let fragment = takeFragment();

/** Takes the code out of the address before anything else, so that no history and no shoulder keeps it. */
function takeFragment() {
  const taken = location.hash.slice(1);
  if (taken) history.replaceState(null, "", location.pathname + location.search);
  return taken;
}

async function start() {
  try {
    await load();
    await arrive();
  } catch (error) {
    if (error instanceof Unreachable) {
      go("trouble", { kind: error.isServer ? "server" : "network" }, { replace: true });
    } else if (!app.manifest && error instanceof Refused && error.word !== "early") {
      go("trouble", { kind: "unknown" }, { replace: true });
    } else if (error instanceof BadCode || (error instanceof Refused && ["refused", "unknown"].includes(error.word))) {
      go("code", { problem: "code_unknown" }, { replace: true });
    } else app.fail(error);
  }
}

async function load() {
  if (app.manifest) return;
  const { manifest, form } = await loadPromise(app.call, app.survey, app.pinned);
  app.languages = manifest.languages.filter((tag) => form.languages.includes(tag));
  if (!app.languages.includes(language())) setLanguage(choose(app.languages));
  Object.assign(app, { manifest, form });
}

/**
 * With a link: in. With a place kept on this device: back to it. Else the page asks for a code, or first
 * whose the answers are that were begun in this tab.
 */
async function arrive() {
  if (fragment && fragment !== "r") {
    return isRecovery(fragment) ? resume(await readRecoveryCode(fragment)) : enter(readToken(fragment));
  }
  const kept = keptCode();
  if (!kept) return go(bridgedCode() ? "unfinished" : "code", {}, { replace: true });
  try {
    return await resume(kept);
  } catch (error) {
    if (!(error instanceof Refused && error.word === "refused")) throw error;
    return go("code", {}, { replace: true });
  }
}

/** Leaving would lose answers that nobody could bring back. */
addEventListener("beforeunload", (event) => {
  if (hasAnswers() && app.isChanged && !app.isOver && app.mode !== "kiosk") event.preventDefault();
});

/** The same link opened again in the same tab. */
addEventListener("hashchange", () => {
  const opened = takeFragment();
  if (!opened || hasAnswers()) return;
  fragment = opened;
  start();
});

function begin() {
  const { mode, survey } = document.body.dataset;
  setLanguage(language());
  Object.assign(app, { mode, retry: start });
  if (!globalThis.crypto?.subtle) return go("trouble", { kind: "old" }, { replace: true });
  if (mode === "standalone") return pin() ? start() : go("standalone", {}, { replace: true });
  app.survey = survey;
  app.call = connect("");
  if (mode === "kiosk") watch();
  return start();
}

begin();
