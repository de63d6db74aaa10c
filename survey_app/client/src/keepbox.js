// "This is my own device": the only thing that this page ever stores in a browser, and only when asked.
import { Unreachable } from "./api.js";
import { announce, h } from "./dom.js";
import { t } from "./i18n.js";
import { forgetCode, keepCode, keptCode, save } from "./keeping.js";
import { app } from "./state.js";

export function keepBox() {
  const box = h("input", { type: "checkbox", ".checked": keptCode() !== null, onchange: () => toggle(box) });
  return h("div", { class: "keep" },
    h("label", { class: "option" }, box, h("span", {}, t("keep"), h("small", {}, t("keep_hint")))));
}

async function toggle(box) {
  if (!box.checked) {
    forgetCode();
    return announce(t("forgotten"));
  }
  box.disabled = true;
  announce(t("issuing"));
  try {
    await save();
    box.checked = keepCode();
    announce(box.checked ? t("kept") : "");
  } catch (error) {
    box.checked = false;
    if (error instanceof Unreachable) announce(t("offline"), true);
    else app.fail(error);
  } finally {
    box.disabled = false;
  }
  return undefined;
}
