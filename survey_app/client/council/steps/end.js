// Step 5: sign the record that the key goes, and put it away.
import { readSealed } from "../audit.js";
import { forgetKey, registerFor, requireKey } from "../held.js";
import { checkKeys } from "../opening.js";
import { aboutSurvey, attempt, clear, el, find, onFile, save, say, show } from "../page.js";
import { writeDestruction } from "../promise.js";
import { Refusal } from "../refusal.js";
import { checkDestroying } from "../register.js";

/** Prepares the step; returns what takes an urn or audit file dropped on the page. */
export function startEnd(today) {
  let sealed = null;
  const form = find("#end-form");
  find("#end-on").value = today();
  const accept = onFile(find("#end-file"), async (text) => {
    sealed = null;
    sealed = await readSealed(text);
    show(find("#end-text"), () => el("p", {}, aboutSurvey(sealed.manifest)));
    clear(find("#end-result"));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(form, async () => {
      const { keys } = requireKey();
      if (sealed === null) throw new Refusal("no_file");
      if (!find("#end-agree").checked || find("#end-on").value === "") throw new Refusal("not_agreed");
      checkKeys(sealed.manifest, keys);
      checkDestroying(registerFor(sealed.manifest), sealed.manifest);
      const record = await writeDestruction(sealed.manifest, keys, find("#end-on").value, sealed);
      forgetKey();
      form.hidden = find("#holder").hidden = true;
      showEnd([["destroyed.json", record]]);
    });
  });
  return accept;
}

function showEnd(files) {
  const saved = save(files);
  const part = find("#end-result");
  show(part, () => [
    el("h3", { tabindex: "-1", class: "done" }, say("end_signed")),
    el(
      "ol",
      {},
      ["end_send", "end_delete", "end_burn"].map((key) => el("li", {}, say(key))),
    ),
    saved(),
  ]);
  find("h3", part).focus();
}
