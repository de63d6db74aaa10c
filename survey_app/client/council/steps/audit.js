// Step 4: check the count with the council's bundle, without the server.
import { SOUND, audit, checkReceipt, readBundle } from "../audit.js";
import { heldKey } from "../held.js";
import { attempt, clear, el, find, number, onFile, pause, say, show } from "../page.js";
import { Refusal } from "../refusal.js";

/** Drawn this often, the page stays alive while a thousand ballots are checked. */
const STEPS = 20;

/** Files that may not hold together at all: then there are no numbers to tell. */
const BREAKABLE = ["opened", "published"];

/** Prepares the step; returns what takes files dropped on the page, by their kind. */
export function startAudit() {
  const given = { bundle: null, opened: null, receipt: null, head: null, board: null };
  const form = find("#audit-form");
  const keep = (kind) => (text) => {
    given[kind] = text;
    clear(find("#audit-result"));
  };
  const published = (text) => {
    const head = readHead(text);
    if (head === null) given.board = text;
    else given.head = head;
    clear(find("#audit-result"));
  };
  const takers = {
    bundle: onFile(find("#audit-file"), async (text) => {
      await readBundle(text).catch(() => {
        throw new Refusal("not_audit");
      });
      keep("bundle")(text);
    }),
    opened: onFile(find("#audit-opened"), keep("opened")),
    receipt: onFile(find("#audit-receipt"), keep("receipt")),
    published: onFile(find("#audit-board"), published),
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(form, async () => {
      if (given.bundle === null) throw new Refusal("no_file");
      clear(find("#audit-result"));
      if ((given.head === null) !== (given.board === null)) throw new Refusal("board_without_head");
      await check(given);
    });
  });
  return takers;
}

/** The head of a board, when the file is one: one line with two signatures. */
function readHead(text) {
  try {
    const value = JSON.parse(text);
    return "root" in value ? value : null;
  } catch {
    return null;
  }
}

async function check(given) {
  const words = find("#audit-words").value.trim();
  const report = await audit(given.bundle, { ...given, words: words === "" ? null : words }, async (done, total) => {
    if (done % STEPS) return;
    show(find("#audit-form .working"), () => say("audit_progress", { done: number(done), total: number(total) }));
    await pause();
  });
  if (given.receipt !== null) report.checks.push(await receiptCheck(given));
  showReport(report);
}

/** A receipt is one more check: it fails unless its ballot, or a later one, was counted, or may have been. */
async function receiptCheck({ bundle, receipt }) {
  try {
    const keys = heldKey()?.keys ?? null;
    const verdict = await checkReceipt(bundle, receipt, keys);
    const text = `receipt_${verdict}${verdict === "missing" && keys === null ? "_keyless" : ""}`;
    return { name: "receipt", ok: SOUND.includes(verdict), values: {}, text };
  } catch {
    throw new Refusal("not_receipt");
  }
}

/** The sentence about a check. */
function sentence({ name, ok, values, text }) {
  const shown = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, typeof value === "number" ? number(value) : value]),
  );
  const isBroken = BREAKABLE.includes(name) && Object.keys(values).length === 0;
  return say(text ?? `check_${name}_${ok ? "ok" : isBroken ? "broken" : "bad"}`, shown);
}

function showReport({ checks, remarks }) {
  const failed = checks.filter(({ ok }) => !ok).length;
  const part = find("#audit-result");
  show(part, () => [
    el(
      "h3",
      { tabindex: "-1", class: failed ? "warning" : "done" },
      failed === 0
        ? say("audit_passed")
        : failed === 1
          ? say("audit_failed_1")
          : say("audit_failed", { number: failed }),
    ),
    el(
      "ul",
      { class: "checks" },
      checks.map((one) =>
        el(
          "li",
          { class: one.ok ? "ok" : "failed", "data-check": one.name },
          el("b", {}, say(one.ok ? "audit_ok" : "audit_not_ok")),
          el("span", {}, sentence(one)),
        ),
      ),
    ),
    remarks.map(({ name, values }) => el("p", { class: "small" }, say(`remark_${name}`, values))),
  ]);
  find("h3", part).focus();
}
