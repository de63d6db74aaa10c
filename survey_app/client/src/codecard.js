// The recovery code, to copy or print. Never a gate: every screen that shows it can be left without it.
import { inGroups } from "./codes.js";
import { announce, button, h } from "./dom.js";
import { own, t } from "./i18n.js";
import { app } from "./state.js";

export function codeCard() {
  const { code } = app.respondent;
  const { organisation, title } = app.manifest;
  return h("div", { class: "code-card" },
    h("p", { class: "print-only" }, t("printed_for", { title: own(title), organisation })),
    h("p", { class: "code", id: "code", translate: "no" }, h("span", { class: "unseen" }, `${t("code_label")}: `),
      inGroups(code).split(" ").map((part) => [h("span", {}, part), " "])),
    h("p", { class: "buttons" },
      app.mode === "kiosk" ? null : button(t("copy"), copy, { class: "second" }),
      button(t("print"), () => print(), { class: "second" })));

  async function copy() {
    try {
      await navigator.clipboard.writeText(inGroups(code));
      announce(t("copied"));
    } catch {
      announce(t("copy_failed"), true);
    }
  }
}
