// What is written in the boxes and not sent yet: for each person, beyond the page, and the same in all tabs and on all
// devices.

import { effect, signal } from "../../vendor/signals.js";
import { call, part } from "../wire/api.js";
import { me } from "./session.js";
import { allUnder, keep, prefixOf } from "./stored.js";

// So long nothing must be written before the server is told.
const PAUSE_MS = 2000;
// So long after something was written in this browser, what the server says of it may be older.
const FRESH_MS = 10_000;
// The server keeps no longer ones.
const MAX_CHARACTERS = 4000;

/** By conversation; only those that have one. @type {import("../../vendor/signals.js").Signal<ReadonlyMap<string, string>>} */
export const drafts = signal(new Map());

/** What the server has, by conversation. @type {Map<string, string>} */
const stored = new Map();
/** When something was written in this browser, by conversation. @type {Map<string, number>} */
const written = new Map();
/** What it is about to be told of. @type {Map<string, ReturnType<typeof setTimeout>>} */
const waiting = new Map();

const prefix = () => prefixOf("draft", me.value);

/** Keep what is in a conversation's box. @param {string} conversation @param {string} text */
export function keepDraft(conversation, text) {
  store(conversation, text);
  written.set(conversation, Date.now());
  clearTimeout(waiting.get(conversation));
  // What is sent is no draft any more, also if the page is left at once.
  if (text) waiting.set(conversation, setTimeout(() => void upload(conversation), PAUSE_MS));
  else void upload(conversation);
}

/** What the server has of a conversation's draft. What is being written here stays. @param {{ id: string, draft: string }} conversation */
export function learnDraft({ id, draft }) {
  const isFresh = Date.now() < (written.get(id) ?? 0) + FRESH_MS;
  const isOwn = stored.get(id) === draft || isFresh;
  const isOld = !stored.has(id) && !draft;
  stored.set(id, draft);
  if (!isOwn && !isOld) store(id, draft);
  // It was sent here while the server was told of it.
  else if (isFresh && draft && !drafts.peek().has(id)) void upload(id);
}

/** @param {string} conversation @param {string} text */
function store(conversation, text) {
  const next = new Map(drafts.value);
  if (text) next.set(conversation, text);
  else next.delete(conversation);
  drafts.value = next;
  keep(prefix() + conversation, text);
}

/** @param {string} conversation */
async function upload(conversation) {
  waiting.delete(conversation);
  const draft = drafts.peek().get(conversation) ?? "";
  if (draft === (stored.get(conversation) ?? "") || draft.length > MAX_CHARACTERS) return;
  stored.set(conversation, draft);
  try {
    await call("PATCH", `conversations/${part(conversation)}`, { body: { draft } });
  } catch {
    // It stays here, and is told with the next change.
    stored.delete(conversation);
  }
}

function look() {
  drafts.value = me.value ? allUnder(prefix()) : new Map();
}

effect(look);
// Of other tabs. Without a key, all of the storage was emptied.
addEventListener("storage", ({ key }) => {
  if (key !== null && !key.startsWith(prefix())) return;
  if (key !== null) written.set(key.slice(prefix().length), Date.now());
  look();
});
