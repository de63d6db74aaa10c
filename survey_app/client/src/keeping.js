// Keeping what was filled in: a draft in the locker, and (only when asked for) the code on this device.
import { Refused, Unreachable } from "./api.js";
import { newRecoveryCode } from "./codes.js";
import { announce } from "./dom.js";
import { t } from "./i18n.js";
import { Respondent } from "./respondent.js";
import { app, draftState } from "./state.js";

const CALM = 1_500;
const AGAIN = 15_000;

let timer = null;
let running = Promise.resolve();
let isOffline = false;

/** One thing at a time: a draft never overtakes an envelope. */
export function inTurn(work) {
  const turn = running.then(work);
  running = turn.catch(() => {});
  return turn;
}

/**
 * Makes sure there is a respondent with credentials.
 *
 * Not before there is something to keep: whoever loses this page earlier can simply start again,
 * because the invitation is still unused.
 */
export async function ensureCredentials() {
  app.respondent ??= await Respondent.begin(app.call, app.manifest, await newRecoveryCode(), app.invitation);
  if (!app.respondent.credentials) bridge(app.respondent.code);
  await app.respondent.issue();
}

/** Something was filled in. */
export function changed() {
  app.isChanged = true;
  if (!app.hasCode) return;
  clearTimeout(timer);
  timer = setTimeout(saveQuietly, CALM);
}

/** Saves the draft now; throws what goes wrong. */
export async function save() {
  clearTimeout(timer);
  await inTurn(async () => {
    await ensureCredentials();
    app.isChanged = false;
    await app.respondent.saveDraft(draftState());
  });
  backOnline();
}

/** Saves at the turn of a screen, and when the connection is back; trouble is told once and calmly. */
export async function saveQuietly() {
  if (!app.hasCode || app.isSent || !app.isChanged || app.isContested) return;
  try {
    await save();
  } catch (error) {
    app.isChanged = true;
    if (error instanceof Unreachable) wentOffline();
    else if (!(error instanceof Refused && error.word === "slow_down")) app.fail(error);
  }
}

function wentOffline() {
  isOffline = true;
  announce(t("offline"), true);
  clearTimeout(timer);
  timer = setTimeout(saveQuietly, AGAIN);
}

function backOnline() {
  if (isOffline) announce(t("online"));
  isOffline = false;
}

addEventListener("online", () => isOffline && saveQuietly());

const place = () => `peil/${app.survey}`;

/**
 * From the moment the invitation is used until its owner has seen the code, the code outlives a reload: in
 * this tab only, or a phone that drops the page in between would lock its owner out.
 */
function bridge(code) {
  if (app.mode !== "kiosk") tolerant(() => sessionStorage.setItem(place(), code));
}

export const endBridge = () => tolerant(() => sessionStorage.removeItem(place()));

/** The code that was kept on this device. */
export const keptCode = () => (app.mode === "kiosk" ? null : tolerant(() => localStorage.getItem(place())));

/** The one that this tab still holds; it may be of whoever sat here before, so it is used only after asking. */
export const bridgedCode = () => (app.mode === "kiosk" ? null : tolerant(() => sessionStorage.getItem(place())));

/** What `work` gives, or null where a browser has no storage, as in some private windows. */
function tolerant(work) {
  try {
    return work();
  } catch {
    return null;
  }
}

/** Keeps the code on this device; whether that worked. */
export function keepCode() {
  tolerant(() => localStorage.setItem(place(), app.respondent.code));
  const isKept = keptCode() !== null;
  app.hasCode ||= isKept;
  return isKept;
}

export const forgetCode = () => tolerant(() => localStorage.removeItem(place()));
