// Files on their way to the server. Those of a conversation go one after the other, so that their messages stand in
// the order in which they were chosen. They wait while there is no line, and live as long as the page.

import { effect, signal } from "../../vendor/signals.js";
import { ANY, kindOf } from "../text/files.js";
import { kindNamed } from "../text/kinds.js";
import { translated } from "../text/words.js";
import { disconnected } from "../../client/failure.js";
import { upload } from "../wire/uploading.js";
import { client, link } from "./client.js";
import { drafts, keepDraft } from "./drafts.js";
import { takeSilence } from "./silence.js";
import { explained } from "./toasts.js";

/** @typedef {import("../../client/failure.js").Failure} Failure */

/**
 * @typedef {object} Upload
 * @property {number} id
 * @property {string} conversation
 * @property {File} file
 * @property {import("../text/files.js").FileKind} kind   what it is sent as
 * @property {import("../wire/pieces.js").Begun} begun   of one that is sent in pieces
 * @property {string} preview   the address of the picture; empty for others
 * @property {number} share   of it that has arrived, from 0 to 1
 * @property {"waiting" | "running" | "failed" | "refused"} state   `failed`: it may be tried again
 * @property {string} why   it has failed or was refused, in the user's language
 * @property {number} tries
 * @property {number} [reply]
 * @property {number} batch   of the files that were chosen together
 * @property {boolean} silent   it makes no sound
 * @property {string} caption   of the last of them: the text that is sent after it
 */

// With a line, so many tries in a row fail before it is said.
const TRIES = 5;
const AGAIN_SECONDS = 2;

/** In the order in which they were chosen. @type {import("../../vendor/signals.js").Signal<Upload[]>} */
export const uploads = signal([]);

/** @param {string} conversation */
export const uploadsOf = (conversation) => uploads.value.filter((one) => one.conversation === conversation);

/** @type {Map<number, AbortController>} */
const running = new Map();
/** Batches of which a file was sent. */
const sent = new Set();
let last = 0;

/**
 * Send files, each as a message. Of each, `kindOf` knows what it is.
 *
 * @param {string} conversation
 * @param {File[]} files
 * @param {{ reply?: number, caption?: string }} [more]   `reply`: what the first of them replies to; `caption`: a text
 *   that is sent after the last of them
 */
export function sendFiles(conversation, files, { reply, caption = "" } = {}) {
  const batch = ++last;
  const silent = takeSilence(conversation);
  const added = files.map((file, at) => begun(conversation, file, { batch, silent, reply: at === 0 ? reply : undefined }));
  added[added.length - 1].caption = caption;
  uploads.value = [...uploads.value, ...added];
  proceed();
}

/** Stop an upload, or forget one that has failed. @param {number} id */
export function cancelUpload(id) {
  running.get(id)?.abort();
  const current = uploads.value.find((one) => one.id === id);
  if (current?.begun.path) loadPieces().then(({ giveUp }) => giveUp(current.begun), () => undefined);
  if (current && !passCaption(current)) giveBack(current);
  forget(id);
}

/** @param {number} id */
function forget(id) {
  const current = uploads.value.find((one) => one.id === id);
  if (current?.preview) URL.revokeObjectURL(current.preview);
  uploads.value = uploads.value.filter((one) => one.id !== id);
  proceed();
}

/** A file is not sent: its caption goes to the one before it, or after those that were sent. Returns whether there is
 * one. @param {Upload} of */
function passCaption({ id, batch, conversation, caption, silent }) {
  if (!caption) return true;
  const before = uploads.value.findLast((one) => one.batch === batch && one.id !== id && one.state !== "refused");
  if (!before && !sent.has(batch)) return false;
  if (before) change(before.id, { caption });
  else client.value?.outbox.add({ to: conversation, kind: "text", content: caption, silent });
  change(id, { caption: "" });
  return true;
}

/** None of the files is sent, and what was written for them is not lost. @param {Upload} of */
function giveBack({ conversation, caption }) {
  const draft = drafts.value.get(conversation);
  keepDraft(conversation, draft ? `${draft}\n${caption}` : caption);
}

/** @param {number} id */
export function retryUpload(id) {
  change(id, { state: "waiting", why: "", tries: 0 });
  proceed();
}

/** Send what the server cannot convert as it is. @param {number} id */
export function sendAsFile(id) {
  change(id, { kind: ANY });
  retryUpload(id);
}

const importPieces = () => import("../wire/pieces.js");
const loadPieces = () =>
  importPieces().catch(() => {
    throw disconnected();
  });

/** @param {string} conversation @param {File} file @param {{ batch: number, silent: boolean, reply?: number }} more @returns {Upload} */
function begun(conversation, file, more) {
  const kind = kindOf(file);
  const preview = kindNamed(kind).isPicture ? URL.createObjectURL(file) : "";
  return { id: ++last, conversation, file, kind, preview, state: "waiting", why: "", share: 0, begun: { path: "", at: 0 }, tries: 0, caption: "", ...more };
}

/** Begin the first of each conversation that waits, unless another one of it runs. */
function proceed() {
  if (link().state !== "open") return;
  const busy = new Set();
  for (const one of uploads.value) {
    if (one.state !== "waiting" && one.state !== "running") continue;
    if (!busy.has(one.conversation) && !running.has(one.id)) void run(one);
    busy.add(one.conversation);
  }
}

/** @param {Upload} one */
async function run(one) {
  const { id, begun, conversation: to, reply } = one;
  const from = begun.at;
  const stop = new AbortController();
  running.set(id, stop);
  change(id, { state: "running" });
  const onProgress = (/** @type {number} */ share) => change(id, { share });
  try {
    const arrived = await stored(one, { onProgress, signal: stop.signal });
    if (!stop.signal.aborted) write(id, { to, kind: arrived.kind, content: arrived.url, reply, file: fileOf(arrived) });
  } catch (error) {
    const moved = begun.at > from ? { tries: 0 } : {};
    if (!stop.signal.aborted) await failed({ ...one, ...moved }, /** @type {Failure} */ (error));
  } finally {
    running.delete(id);
    proceed();
  }
}

/**
 * @param {Upload} one
 * @param {{ onProgress: (share: number) => void, signal: AbortSignal }} how
 * @returns {Promise<import("../types.js").Stored>}
 */
async function stored({ file, kind, begun }, how) {
  if (kind !== ANY) return upload(file, { name: file.name, ...how });
  const { sendInPieces } = await loadPieces();
  return sendInPieces(file, { begun, ...how });
}

/** What a message says of a file that is sent as it is. @param {import("../types.js").Stored} arrived */
const fileOf = (arrived) =>
  arrived.kind === ANY ? { name: arrived.name, size: arrived.size, type: arrived.type, preview: arrived.preview } : undefined;

/** The message of a file that has arrived, and then its caption, both at once: they stay together, and in this order.
 * @param {number} id @param {Omit<import("../types.js").Outgoing, "cid" | "at">} message */
function write(id, message) {
  // Another file may have left it its caption meanwhile.
  const { batch, caption, silent } = /** @type {Upload} */ (uploads.value.find((one) => one.id === id));
  sent.add(batch);
  client.value?.outbox.add({ ...message, silent });
  if (caption) client.value?.outbox.add({ to: message.to, kind: "text", content: caption, silent });
  forget(id);
}

/** @param {Upload} one @param {Failure} failure */
async function failed({ id, tries }, failure) {
  if (!failure.isPassing) return refused(id, reasonOf(failure));
  change(id, { state: "waiting" });
  // If the line has broken too, that is known after the pause.
  await new Promise((resolve) => setTimeout(resolve, 1000 * (failure.retry || AGAIN_SECONDS)));
  if (link().state !== "open") return change(id, { tries: 0 });
  if (tries + 1 < TRIES) return change(id, { tries: tries + 1 });
  change(id, { state: "failed", why: reasonOf(failure) });
}

/** @param {number} id @param {string} why */
function refused(id, why) {
  change(id, { state: "refused", why });
  const current = uploads.value.find((one) => one.id === id);
  if (current) passCaption(current);
}

/** The server says what is wrong with a file. @param {Failure} failure */
const reasonOf = (failure) =>
  ["invalid", "too_long"].includes(failure.name) && failure.message ? translated(failure.message) : explained(failure);

/** @param {number} id @param {Partial<Upload>} values */
function change(id, values) {
  uploads.value = uploads.value.map((one) => (one.id === id ? { ...one, ...values } : one));
}

/** @param {BeforeUnloadEvent} event */
const warn = (event) => event.preventDefault();

effect(() => {
  if (link().state === "open") queueMicrotask(proceed);
});
effect(() => {
  const isUnfinished = uploads.value.some(({ state }) => state === "waiting" || state === "running");
  // Only then: a page that listens for it is not kept for the back button.
  if (isUnfinished) addEventListener("beforeunload", warn);
  else removeEventListener("beforeunload", warn);
});
