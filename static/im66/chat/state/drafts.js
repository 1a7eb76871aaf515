// What is written in the boxes and not sent yet: for each person, beyond the page, and the same in all tabs.

import { effect, signal } from "../../vendor/signals.js";
import { me } from "./session.js";
import { allUnder, keep, prefixOf } from "./stored.js";

/** By conversation; only those that have one. @type {import("../../vendor/signals.js").Signal<ReadonlyMap<string, string>>} */
export const drafts = signal(new Map());

const prefix = () => prefixOf("draft", me.value);

/** Keep what is in a conversation's box. @param {string} conversation @param {string} text */
export function keepDraft(conversation, text) {
  const next = new Map(drafts.value);
  if (text) next.set(conversation, text);
  else next.delete(conversation);
  drafts.value = next;
  keep(prefix() + conversation, text);
}

function look() {
  drafts.value = me.value ? allUnder(prefix()) : new Map();
}

effect(look);
// Of other tabs. Without a key, all of the storage was emptied.
addEventListener("storage", ({ key }) => {
  if (key === null || key.startsWith(prefix())) look();
});
