// A tablet that many people use: everything is wiped after each of them, and when left alone.
import { button, h } from "./dom.js";
import { t } from "./i18n.js";
import { here } from "./page.js";
import { app } from "./state.js";

const IDLE = 60_000;
const WARNING_SECONDS = 90;
const SIGNS_OF_LIFE = ["pointerdown", "keydown", "input", "scroll", "touchmove"];

let idle = null;

/** Starts afresh: a new page knows nothing, and the address holds nothing. */
function wipe() {
  app.isOver = true;
  document.getElementById("content").replaceChildren();
  location.replace(location.pathname);
}

export function watch() {
  app.wipe = wipe;
  for (const sign of SIGNS_OF_LIFE) addEventListener(sign, restart, { passive: true });
  // A page that the browser had set aside as it was must not come back as it was.
  addEventListener("pageshow", (event) => event.persisted && wipe());
  restart();
}

function restart() {
  if (document.querySelector("dialog")) return;
  clearTimeout(idle);
  idle = setTimeout(warn, IDLE);
}

/** Nothing to wipe on a screen where nothing was typed. */
const isFresh = () => here()?.name === "code" && ![...document.querySelectorAll("input")].some((input) => input.value);

function warn() {
  if (isFresh()) return restart();
  let left = WARNING_SECONDS;
  const text = h("p", { role: "timer" }, t("kiosk_idle_text", { seconds: left }));
  const spoken = h("p", { class: "unseen", "aria-live": "assertive" });
  const dialog = h("dialog", { "aria-labelledby": "idle" },
    h("h2", { id: "idle" }, t("kiosk_idle")), text, h("p", {}, t("kiosk_lost")), spoken,
    h("p", { class: "go" },
      button(t("kiosk_stay"), stay, { class: "main", autofocus: true }),
      button(t("kiosk_stop"), wipe, { class: "second" })));
  const tick = setInterval(() => {
    left -= 1;
    if (left <= 0) return wipe();
    text.textContent = t("kiosk_idle_text", { seconds: left });
    // Said aloud now and then only, or nothing else could be heard.
    if (left % 30 === 0 || left === 10) spoken.textContent = text.textContent;
    return undefined;
  }, 1000);
  function stay() {
    clearInterval(tick);
    dialog.close();
    dialog.remove();
    restart();
  }
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    stay();
  });
  document.body.append(dialog);
  dialog.showModal();
  return undefined;
}
