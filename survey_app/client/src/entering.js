// Coming in: with an invitation code, or with the recovery code of someone who had started.
import { Refused } from "./api.js";
import { announce } from "./dom.js";
import { t } from "./i18n.js";
import { bridgedCode, inTurn, keptCode } from "./keeping.js";
import { go } from "./page.js";
import { Respondent, look } from "./respondent.js";
import { goToPlace } from "./screens/steps.js";
import { app, hasAnswers, takeState } from "./state.js";

const isRefused = (error, ...words) => error instanceof Refused && words.includes(error.word);

/** With an invitation code: the first screen, or the question for the recovery code when it was used before. */
export async function enter(token) {
  const invitation = await look(app.call, app.manifest, token);
  const { unit } = invitation;
  const fresh = { respondent: null, hasCode: false, isSent: false, place: null };
  Object.assign(app, { ...fresh, invitation, unit, reportAs: unit });
  if (!app.invitation.isIssued) return go("welcome", {}, { replace: true });
  const kept = keptCode();
  if (!kept) return ask();
  try {
    return await resume(kept);
  } catch (error) {
    // The code that is kept on this device is someone else's.
    if (!isRefused(error, "taken")) throw error;
    return ask();
  }
}

/** Whose the answers are that were begun in this tab, or else for the recovery code. */
const ask = () => go(bridgedCode() ? "unfinished" : "resume", {}, { replace: true });

/** With a recovery code: where someone was. Throws Refused for a code that leads nowhere. */
export async function resume(code) {
  const invitation = app.invitation?.isIssued ? app.invitation : null;
  const respondent = await Respondent.begin(app.call, app.manifest, code, invitation);
  let found;
  try {
    if (invitation) await respondent.issue();
    found = await open(respondent);
  } catch (error) {
    // An urn that is not there any more was destroyed: the survey itself is known.
    if (!isRefused(error, "closed", "unknown")) throw error;
    app.respondent = respondent;
    return go("later", {}, { replace: true });
  }
  Object.assign(app, { respondent, unit: respondent.unit, hasCode: true, isSent: found.isSent });
  app.reportAs ??= app.unit;
  if (found.isSent) await confirm(respondent);
  if (hasAnswers() && found.state) return go("conflict", {}, { replace: true });
  if (found.state) takeState(found.state);
  if (found.isSent) return go("thanks", {}, { replace: true });
  if (!hasAnswers()) return go("welcome", {}, { replace: true });
  goToPlace({ replace: true });
  return announce(t("resumed"));
}

/** A locker that was never used is not there yet; with the link at hand that is no reason to stop. */
async function open(respondent) {
  try {
    return await inTurn(() => respondent.open());
  } catch (error) {
    if (!(respondent.credentials && isRefused(error, "refused"))) throw error;
    return { state: null, isSent: false };
  }
}

/** Fetches receipt and completion token again; they are extras, so nothing stops without them. */
async function confirm(respondent) {
  if (!respondent.credentials) return;
  try {
    await inTurn(() => respondent.confirm());
  } catch (error) {
    if (!(error instanceof Refused)) app.fail(error);
  }
}
