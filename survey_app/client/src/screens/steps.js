// The order of the screens: the topics that someone gets, then "about you", then checking.
import { visibleScreens } from "../form.js";
import { go, goBack, here } from "../page.js";
import { app } from "../state.js";

/** All steps after the first screen, as [name, details]. */
export function steps() {
  const topics = visibleScreens(app.form, app.answers).map(({ key }) => ["question", { key }]);
  return [...topics, ...(app.form.about.length ? [["about"]] : []), ["check"]];
}

const placeOf = (route) => steps().findIndex(([name, details]) => name === route.name && details?.key === route.key);

export const firstStep = () => steps()[0];

/** The step after this one. */
export const nextStep = (route) => steps()[placeOf(route) + 1];

/** Back to the step before this one. */
export const stepBack = () => goBack(steps()[placeOf(here()) - 1]);

/** How far this is, for people. */
export const progress = (route) => ({ n: placeOf(route) + 1, m: steps().length });

/** Goes to the step where someone was, or to the first one when it is not there (any more). */
export function goToPlace(options) {
  const there = steps().find(([name, details]) => (details?.key ?? name) === app.place) ?? firstStep();
  go(there[0], there[1], options);
}
