// Which questions someone gets, and which answers count: the same rules as survey_app/respond/routing.py.

export const RATHER_NOT_SAY = -7;

const OPERATORS = {
  at_least: (code, value) => code >= value,
  above: (code, value) => code > value,
  at_most: (code, value) => code <= value,
  below: (code, value) => code < value,
  equals: (code, value) => code === value,
};

/** Whether a code is an answer to the question, "rather not say" included. */
export function accepts(item, code) {
  if (!Number.isSafeInteger(code)) return false;
  if (code === RATHER_NOT_SAY) return true;
  if (item.kind === "number") return item.low <= code && code <= item.high;
  return item.options.some((option) => option.code === code);
}

/**
 * The questions that are shown after these answers, in order, as {key: code or null}.
 *
 * A question whose condition does not hold, or is unknown, is not shown, and its answer does not
 * count, not even for the questions after it.
 */
export function route(form, answers) {
  const shown = new Map();
  for (const { items } of form.screens) {
    for (const item of items) {
      if (item.if !== null && !holds(item.if, shown)) continue;
      shown.set(item.key, accepts(item, answers[item.key]) ? answers[item.key] : null);
    }
  }
  return shown;
}

function holds(condition, shown) {
  if (condition.every) return condition.every.every((part) => holds(part, shown));
  if (condition.some) return condition.some.some((part) => holds(part, shown));
  const code = shown.get(condition.item) ?? RATHER_NOT_SAY;
  return code !== RATHER_NOT_SAY && OPERATORS[condition.op](code, condition.value);
}

/** The screens that someone gets after these answers. */
export function visibleScreens(form, answers) {
  const shown = route(form, answers);
  return form.screens.filter(({ items }) => items.some((item) => shown.has(item.key)));
}

/** The answers that count. */
export function countedAnswers(form, answers) {
  return Object.fromEntries([...route(form, answers)].filter(([, code]) => code !== null));
}

/** The categories that count: what the form knows, without "rather not say". */
export function countedAbout(form, about) {
  const known = form.about.filter(({ key, options }) => options.some((option) => option.key === about[key]));
  return Object.fromEntries(known.map(({ key }) => [key, about[key]]));
}

/** The content of the ballot that is sent of a draft. */
export const countedContent = (form, { about, answers, report_as, salt }) => ({
  about: countedAbout(form, about),
  answers: countedAnswers(form, answers),
  report_as,
  salt,
});

/** How long the questions take, in whole minutes: about nine seconds a question. */
export function minutes(form) {
  const asked = form.screens.reduce((count, { items }) => count + items.length, form.about.length);
  return Math.max(2, Math.round((asked * 9) / 60));
}
