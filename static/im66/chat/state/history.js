// The last messages, kept in this browser to be read without a network (decision 0081). Is loaded after all else, or when
// the server cannot be reached.

import { effect, signal } from "../../vendor/signals.js";
import { LOCKED, UNPROVEN } from "../../client/close_codes.js";
import { config } from "../config.js";
import { answerFrom, lasting } from "../text/kept_history.js";
import { begin, reopen, wipe } from "../wire/vault.js";
import { ended } from "./away.js";
import { link } from "./client.js";
import { load } from "./conversations.js";
import { INDEX, Keeper } from "./history_keeper.js";
import { readAnew } from "./timelines.js";

/** @typedef {import("../text/kept_history.js").Index} Index */

const LOCK = "im66.history";

/** Whether this browser keeps messages for this sign-in. */
export const isKeeping = signal(false);

/** @type {Keeper | null} */
let keeper = null;

/** See what this sign-in has begun to keep. What another one has left is deleted. */
export async function look() {
  const vault = await reopen(config.history?.login ?? "");
  isKeeping.value = vault !== null;
  vault?.close();
}

/** Go on with it. */
export async function resume() {
  await look();
  if (isKeeping.value && !config.offline) keepInOneTab();
}

/** Keep messages from now on. Raises an error where the browser cannot. */
export async function turnOn() {
  const { login, days } = /** @type {NonNullable<typeof config.history>} */ (config.history);
  (await begin(login, days)).close();
  isKeeping.value = true;
  keepInOneTab();
}

/** Delete all that is kept, and keep nothing from now on. */
export async function forget() {
  isKeeping.value = false;
  keeper?.stop();
  await wipe();
}

let isWaiting = false;

/** The next tab goes on when this one closes. */
function keepInOneTab() {
  if (isWaiting) return;
  isWaiting = true;
  void navigator.locks.request(LOCK, async () => {
    isWaiting = false;
    const vault = await reopen(config.history?.login ?? "");
    if (!vault) return;
    keeper = new Keeper(vault);
    if ((await keeper.run()) === "full") await forget();
  });
}

// The server lets this sign-in in no more.
effect(() => {
  if (ended.value === UNPROVEN || ended.value === LOCKED) void forget();
});

let isServing = false;

// What was read here may be out of date.
effect(() => {
  if (link().state !== "open" || !isServing) return;
  isServing = false;
  readAnew();
  void load();
});

/** What is kept of the API's answer to a reading call; undefined if nothing is. @param {string} path @param {import("../text/kept_history.js").Query} query */
export async function answer(path, query) {
  // A call that fails by itself is tried again: what is kept would be taken for what is.
  if (link().state === "open") return undefined;
  const vault = await reopen(config.history?.login ?? "");
  if (!vault) return undefined;
  try {
    const index = await vault.read(INDEX);
    if (index?.userid !== config.userid) return undefined;
    const stored = await answerFrom(index, (conversation) => blockOf(vault, index, conversation), path, query);
    if (stored) isServing = true;
    return stored && (await withPictures(stored, vault, index));
  } catch {
    // It was deleted meanwhile.
    return undefined;
  } finally {
    vault.close();
  }
}

/** @param {import("../wire/vault.js").Vault} vault @param {Index} index @param {string} conversation */
async function blockOf(vault, { slots }, conversation) {
  return Object.hasOwn(slots, conversation) ? vault.read(slots[conversation]) : undefined;
}

/** By their addresses. @type {Map<string, string>} */
const blobs = new Map();

/** The same, with pictures that are kept in the place of their addresses. @param {object} stored @param {import("../wire/vault.js").Vault} vault @param {Index} index */
async function withPictures(stored, vault, { pictures }) {
  const text = JSON.stringify(stored);
  for (const [address, { slot, type }] of Object.entries(pictures)) {
    if (blobs.has(address) || !text.includes(JSON.stringify(address).slice(0, -1))) continue;
    const bytes = await vault.bytes(slot);
    // Behind the # it says how large the picture is that it stands for.
    if (bytes) blobs.set(address, `${URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type }))}#${address}`);
  }
  return JSON.parse(text, (_, value) => (typeof value === "string" && blobs.get(lasting(value))) || value);
}
