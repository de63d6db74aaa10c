// The private mirror: someone's own scores, worked out here and sent nowhere. No cut-off, no verdict.
import { RATHER_NOT_SAY } from "./form.js";

/** The score of one measure, or null with too few answers; as in instruments/scoring.py. */
export function ownScore(measure, answers) {
  const scores = [];
  for (const { key, scores: byCode, low, high } of measure.items) {
    const code = answers[key];
    if (code === undefined || code === RATHER_NOT_SAY || byCode[code] === undefined) continue;
    scores.push(measure.statistic === "percent" ? (100 * (byCode[code] - low)) / (high - low) : byCode[code]);
  }
  if (!scores.length || scores.length < measure.min_answered) return null;
  const total = scores.reduce((sum, score) => sum + score, 0);
  return measure.statistic === "sum" ? total : total / scores.length;
}

/** Where the score lies between the ends of the scale, from 0 to 1. */
export const place = (measure, score) => (score - measure.low) / (measure.high - measure.low);
