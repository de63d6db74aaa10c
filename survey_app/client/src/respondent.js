// The respondent's client: one invitation, one recovery code, one locker (docs/protocol.md, "Requests").
//
// Every step may be repeated: requests follow from the code alone, and what was sent is remembered
// until the server has confirmed it, so a lost reply never makes a second ballot.
import { Refused, Unreachable } from "./api.js";
import { blind, finalize } from "./blindrsa.js";
import { checkBoard, isOnBoard } from "./board.js";
import { deriveSecrets } from "./derive.js";
import { verify } from "./ed25519.js";
import { Malformed, b64u, canonical, digest, parseCanonical, sha256 } from "./encoding.js";
import { text, toNumber, unb64u, utf8 } from "./encoding.js";
import { checkIssuer, readIssuer } from "./issuer.js";
import { checkWitness, pathUp, readForm, readManifest } from "./manifest.js";
import { TooLong, openDraft, pad, seal, sealDraft, unpad } from "./sealing.js";

const CREDENTIAL_BYTES = 384;
const EXPECTED = [Refused, Unreachable, TooLong];

/** The server sends what does not fit the signed promise. The message is one word that tells where. */
export class Alarm extends Error {}

/** Runs `work`; whatever turns out malformed or unverified becomes an Alarm with `word`. */
async function guarded(word, work) {
  try {
    return await work();
  } catch (error) {
    if (EXPECTED.some((kind) => error instanceof kind)) throw error;
    throw new Alarm(word, { cause: error });
  }
}

/**
 * Manifest and form of a survey, checked; nothing about the respondent is sent for them.
 *
 * The manifest names the key that signs it, so the signature alone does not say who made it: that takes
 * `pinned`, its hash from elsewhere, or people who compare the words.
 */
export async function loadPromise(call, survey, pinned = null) {
  const reply = await call("GET", `/m/${survey}.json`);
  const manifest = await guarded("manifest", () => readManifest(reply.manifest));
  if (pinned !== null && pinned !== b64u(manifest.hash)) throw new Alarm("pinned");
  return guarded("manifest", async () => {
    if (manifest.survey !== survey) throw new Malformed("another survey");
    if (reply.witness === null) throw new Refused("early");
    if (!(await checkWitness(manifest, unb64u(reply.witness, 64)))) throw new Malformed("not signed");
    return { manifest, form: await readForm(reply.form, manifest) };
  });
}

/** What the server knows of an invitation, with its keys checked against the manifest. */
export async function look(call, manifest, token) {
  const reply = await call("POST", "/i/look", { survey: manifest.survey, token });
  return guarded("issuer", async () => {
    const { key, issuer } = manifest.units.find((unit) => unit.key === reply.unit);
    const expected = { unit: issuer, locker: manifest.locker_issuer, done: manifest.done_issuer };
    const issuers = {};
    for (const [purpose, hash] of Object.entries(expected)) {
      issuers[purpose] = await readIssuer(reply.issuers[purpose]);
      if (!(await checkIssuer(issuers[purpose], hash))) throw new Malformed(`the ${purpose} key`);
    }
    return { token, unit: key, issuers, isIssued: reply.issued === true, isDone: reply.done === true };
  });
}

export class Respondent {
  credentials = null;
  unit = null;
  doneIssuer = null;
  receipt = null;
  doneCredential = null;
  /** What lies in the locker, as far as known. */
  #lies = { draft: null, envelope: null };
  /** Hashes of what was sent: it may lie there even if no reply came. */
  #sent = new Set();

  /** A respondent with a recovery code; `invitation` is what `look` gave, when the link is at hand. */
  static async begin(call, manifest, code, invitation = null) {
    const respondent = new Respondent();
    Object.assign(respondent, { call, manifest, code, invitation, doneIssuer: invitation?.issuers.done ?? null });
    respondent.secrets = await deriveSecrets(code, manifest.hash);
    return respondent;
  }

  /** Has both keys signed blindly; the same request gets the same reply, however often. */
  async issue() {
    if (this.credentials) return;
    const { token, unit, issuers } = this.invitation;
    const locker = await this.#ask("locker", issuers.locker, this.secrets.locker.publicKey);
    const ballot = await this.#ask("ballot", issuers.unit, this.secrets.ballot.publicKey);
    const { survey } = this.manifest;
    const body = { survey, token, locker: b64u(locker.blinded), ballot: b64u(ballot.blinded) };
    const reply = await this.call("POST", "/i/issue", body);
    await guarded("credential", async () => {
      this.credentials = { locker: await locker.finish(reply.locker), ballot: await ballot.finish(reply.ballot) };
      this.unit = unit;
    });
  }

  /** What lies in the locker: the state of the draft, or null, and whether answers were sent. */
  async open() {
    const reply = await this.#request("POST", "open", []);
    if (reply.closed !== false) throw new Refused("closed");
    return this.#take(reply);
  }

  /** Takes what lies in the locker from the reply to `open`. */
  async #take(reply) {
    return guarded("locker", async () => {
      for (const kind of ["draft", "envelope"]) this.#lies[kind] = reply[kind] === null ? null : unb64u(reply[kind]);
      const isSent = this.#lies.envelope !== null;
      return { state: this.#lies.draft && (await this.#readDraft()), isSent };
    });
  }

  /** Puts the state in the locker, where nothing but this code opens it. */
  async saveDraft(state) {
    const { locker, ballot } = this.credentials;
    const draft = {
      ...state,
      credentials: { ballot: b64u(ballot), locker: b64u(locker) },
      done_issuer: b64u(this.doneIssuer.n),
      kind: "draft",
      peil: 1,
      unit: this.unit,
    };
    const { hash, size } = this.manifest;
    await this.#put("draft", await sealDraft(this.secrets.draftKey, hash, pad(utf8(canonical(draft)), size)));
  }

  /** Seals the content of a ballot and puts it in the locker; the receipt proves that it arrived. */
  async submit(content) {
    const { hash, opening_key, size } = this.manifest;
    const padded = pad(utf8(await this.#ballot(content)), size);
    await this.#deliver(await seal(unb64u(opening_key, 65), hash, padded));
  }

  /** Asks again for the receipt and the completion token of what lies there already. */
  async confirm() {
    await this.#deliver(this.#lies.envelope);
  }

  /** Empties the locker. */
  async withdraw() {
    const previous = this.#lies.envelope ? await sha256(this.#lies.envelope) : new Uint8Array(32);
    await this.#request("POST", "withdraw", [previous], { previous: b64u(previous) });
    this.#lies = { draft: null, envelope: null };
    this.receipt = this.doneCredential = null;
  }

  /** After the opening: has the opened answers of this code erased. */
  async withdrawBallot() {
    const { publicKey, sign } = this.secrets.ballot;
    const signature = await sign(await digest("withdraw-ballot", this.manifest.hash, publicKey));
    const body = { survey: this.manifest.survey, key: b64u(publicKey), signature: b64u(signature) };
    await this.call("POST", "/v/withdraw", body);
  }

  /**
   * After the opening: whether the ballot of this code is on the tally list, made again from the draft; `counted`
   * gives the content that was sent of a draft. "counted"; "absent"; "changed" when the draft was changed after
   * sending; "gone" when the urn was destroyed, and every draft with it.
   */
  async findOnBoard(counted) {
    const { survey } = this.manifest;
    const head = await this.call("GET", `/v/${survey}/head`);
    const list = await this.call("GET", `/v/${survey}/board.jsonl`);
    const leaves = await guarded("board", () => checkBoard(this.manifest, head, list));
    let found;
    try {
      found = await this.#take(await this.#request("POST", "open", []));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.word === "unknown") return "gone";
      if (["closed", "refused"].includes(error.word)) return "absent"; // nobody ever put anything in this locker
      throw error;
    }
    const { state, isSent } = found;
    if (!state) return "absent";
    if (state.salt === null) return isSent ? "changed" : "absent";
    const leaf = await this.#leaf(canonical(counted(state)));
    return (await isOnBoard(leaves, leaf)) ? "counted" : "absent";
  }

  /** Tells the roster that this invitation is finished; the token has no link with the ballot. */
  async done() {
    const { survey } = this.manifest;
    const [serial, credential] = [b64u(this.secrets.serial), b64u(this.doneCredential)];
    await this.call("POST", "/i/done", { survey, token: this.invitation.token, serial, credential });
  }

  /** Whether the roster can still be told: with the link, and a token that was not used. */
  get canTell() {
    return this.doneCredential !== null && this.invitation !== null && !this.invitation.isDone;
  }

  /** The text of the file that a respondent may keep. */
  receiptFile() {
    const { envelope, receipt } = this.receipt;
    const manifest_hash = b64u(this.manifest.hash);
    return canonical({ envelope: b64u(envelope), kind: "receipt", manifest_hash, peil: 1, receipt: b64u(receipt) });
  }

  async #readDraft() {
    const padded = await openDraft(this.secrets.draftKey, this.manifest.hash, this.#lies.draft);
    const { credentials, done_issuer, kind, peil, unit, ...state } = parseCanonical(text(unpad(padded)));
    if (kind !== "draft" || peil !== 1) throw new Malformed("not a draft");
    pathUp(this.manifest, unit);
    const written = [credentials.locker, credentials.ballot, done_issuer];
    const [locker, ballot, n] = written.map((one) => unb64u(one, CREDENTIAL_BYTES));
    this.credentials ??= { locker, ballot };
    this.unit ??= unit;
    this.doneIssuer ??= { n, modulus: toNumber(n), hash: this.manifest.done_issuer };
    return state;
  }

  /** The ballot as text: content, signed by the ballot key, which the unit's key has signed. */
  async #ballot(content) {
    const written = canonical(content);
    return this.#signed(written, await digest("content", written));
  }

  /** The leaf of the same ballot: the hash of the content in its place. */
  async #leaf(written) {
    const contentHash = await digest("content", written);
    return this.#signed(b64u(contentHash), contentHash);
  }

  async #signed(content, contentHash) {
    const { publicKey, sign } = this.secrets.ballot;
    const signature = await sign(await digest("ballot-sign", this.manifest.hash, this.unit, contentHash));
    return canonical({
      content,
      credential: b64u(this.credentials.ballot),
      key: b64u(publicKey),
      signature: b64u(signature),
      unit: this.unit,
    });
  }

  async #deliver(envelope) {
    const asked = await this.#ask("done", this.doneIssuer, this.secrets.serial);
    const reply = await this.#put("envelope", envelope, [asked.blinded], { done: b64u(asked.blinded) });
    await guarded("receipt", async () => {
      const receipt = unb64u(reply.receipt, 64);
      const signed = await digest("receipt", this.manifest.hash, await sha256(envelope));
      if (!(await verify(unb64u(this.manifest.log_key, 32), signed, receipt))) throw new Malformed("the receipt");
      this.receipt = { envelope, receipt };
      this.doneCredential = await asked.finish(reply.done);
    });
  }

  /** Lays a draft or an envelope over what is known to lie there. */
  async #put(kind, bytes, parts = [], fields = {}) {
    const hash = await sha256(bytes);
    this.#sent.add(b64u(hash));
    const attempt = async () => {
      const before = this.#lies[kind];
      const previous = before ? await sha256(before) : new Uint8Array(32);
      const own = { credential: b64u(this.credentials.locker), [kind]: b64u(bytes), previous: b64u(previous) };
      return this.#request("PUT", kind, [previous, hash, ...parts], { ...own, ...fields });
    };
    let reply;
    try {
      reply = await attempt();
    } catch (error) {
      if (!(error instanceof Refused && error.word === "changed")) throw error;
      // A reply of ours may have been lost: what lies there now is then something we sent.
      await this.open();
      const there = this.#lies[kind];
      if (there && !this.#sent.has(b64u(await sha256(there)))) throw error;
      reply = await attempt();
    }
    this.#lies[kind] = bytes;
    return reply;
  }

  /** A request to the locker, signed by its key over the parts that the protocol names. */
  async #request(method, action, parts, fields = {}) {
    const { publicKey, sign } = this.secrets.locker;
    const signature = b64u(await sign(await digest("locker-request", this.manifest.hash, action, ...parts)));
    const body = { survey: this.manifest.survey, locker: b64u(publicKey), signature, ...fields };
    return this.call(method, `/u/${action}`, body);
  }

  /** A blinded message for one purpose, and how its signature is finished. */
  async #ask(purpose, issuer, subject) {
    const message = await digest(purpose, this.manifest.hash, subject);
    const [salt, factor] = [await this.secrets.salt(purpose, issuer), await this.secrets.factor(purpose, issuer)];
    return {
      blinded: await blind(message, issuer.modulus, salt, factor),
      finish: (reply) => finalize(message, issuer.modulus, unb64u(reply, CREDENTIAL_BYTES), salt, factor),
    };
  }
}
