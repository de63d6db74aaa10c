// The order of texts in signed files: that of their code points, which is not quite JavaScript's own.

/** Above U+D7FF the pairs that stand for the highest code points come before the rest of the first plane. */
const rank = (unit) => (unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit);

export function byCodePoint(one, other) {
  const length = Math.min(one.length, other.length);
  for (let place = 0; place < length; place++) {
    const [a, b] = [one.charCodeAt(place), other.charCodeAt(place)];
    if (a !== b) return rank(a) - rank(b);
  }
  return one.length - other.length;
}

/** The entries in order, none twice. */
export const isSorted = (texts, strictly) =>
  texts.every((text, place) => place === 0 || byCodePoint(texts[place - 1], text) < (strictly ? 0 : 1));
