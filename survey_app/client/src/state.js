// What the page knows, in memory only. Closing the page forgets everything.

export const app = {
  /** "booth", "kiosk" (a shared tablet) or "standalone" (hosted by the works council). */
  mode: "booth",
  survey: null,
  /** b64u of the manifest hash that a stand-alone page insists on. */
  pinned: null,
  call: null,
  languages: ["nl", "en"],
  manifest: null,
  form: null,
  /** What `look` gave for the invitation code, when the link is at hand. */
  invitation: null,
  respondent: null,
  /** The unit whose credential the respondent has, or will have. */
  unit: null,
  answers: {},
  about: {},
  /** The unit that the answers are counted in; at most as precise as the unit itself. */
  reportAs: null,
  /** What is typed in number fields that are not right yet. */
  typed: {},
  /** Whether answers lie in the urn, and whether something here differs from what was sent. */
  isSent: false,
  isChanged: false,
  /** Whether the locker holds answers from elsewhere that nobody has chosen between yet. */
  isContested: false,
  /** Whether the respondent has seen the recovery code: from then on a draft is of use. */
  hasCode: false,
  /** The step where someone is or was: the key of a screen, "about" or "check". */
  place: null,
  /** Nothing can be done here any more; going back in the browser is of no use. */
  isOver: false,
  /** Whether to tell the roster that this invitation is finished. */
  tellsDone: true,
  wipe: () => location.reload(),
  /** Starts once more after a failure at the start. */
  retry: null,
  /** Shows what went wrong; set by screens/trouble.js. */
  fail: null,
};

/** What goes into a draft; with the salt of a ballot when just this was sent. */
export const draftState = (salt = null) => ({
  about: app.about,
  answers: app.answers,
  place: placeNumber(),
  report_as: app.reportAs,
  salt,
  sent: salt !== null,
});

/** Takes over the state of a draft. */
export function takeState({ about, answers, place, report_as }) {
  Object.assign(app, { about, answers, reportAs: report_as, place: places()[place - 1] ?? null, typed: {} });
}

/** Where someone can be, by number: 0 is the first page. */
const places = () => [...app.form.screens.map(({ key }) => key), "about", "check"];

const placeNumber = () => places().indexOf(app.place) + 1;

export const hasAnswers = () => Object.keys(app.answers).length + Object.keys(app.about).length > 0;
