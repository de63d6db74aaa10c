// What the page says when it is given something that it cannot or must not work with.

/** `key` names the sentence in the texts, `values` fills its blanks. */
export class Refusal extends Error {
  constructor(key, values = {}) {
    super(key);
    this.key = key;
    this.values = values;
  }
}
