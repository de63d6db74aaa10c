// Telling the roster that someone is finished: after a random wait, once, and only while this page is open.
import { announce } from "./dom.js";
import { t } from "./i18n.js";
import { app } from "./state.js";

const SHORTEST = 5_000;
const LONGEST = 90_000;

let timer = null;

export function scheduleDone() {
  if (timer || !app.tellsDone || !app.respondent.canTell) return;
  timer = setTimeout(tell, SHORTEST + randomBelow(LONGEST - SHORTEST));
}

export function stopDone() {
  clearTimeout(timer);
  timer = null;
}

async function tell() {
  timer = null;
  try {
    await app.respondent.done();
    app.respondent.invitation.isDone = true;
    document.getElementById("done")?.remove();
    announce(t("done_sent"));
  } catch {
    // Nobody is bothered with it: the next visit tries again, and a reminder too many does no harm.
  }
}

const randomBelow = (limit) => crypto.getRandomValues(new Uint32Array(1))[0] % limit;
