// What waits for the user's answer: people who ask to be contacts. Conversations of strangers are in `conversations`.

import { signal } from "../../vendor/signals.js";
import { ofPerson } from "../text/conversation_ids.js";
import { call } from "../wire/api.js";
import { blocksAnew } from "./blocks.js";
import { refresh } from "./conversations.js";
import { onEvent } from "./events.js";
import { learn } from "./people.js";

/** @typedef {import("../types.js").Profile & { id: number, text: string, time: number, mine: boolean, accepted: boolean }} ContactRequest */

/** Those that wait, and the user's own; null until they are known. @type {import("../../vendor/signals.js").Signal<ContactRequest[] | null>} */
export const requests = signal(null);

/** Counts what has changed of contacts, so that lists of them are loaded anew. */
export const contactChanges = signal(0);

/** Raises Failure. */
export async function loadRequests() {
  const { items } = await call("GET", "contacts/requests");
  items.filter((/** @type {ContactRequest} */ one) => one.nickname).forEach(learn);
  requests.value = items;
}

/** Contacts, requests and blocks may have changed elsewhere. */
export function contactsAnew() {
  blocksAnew();
  contactChanges.value += 1;
  void loadRequests().catch(() => undefined);
}

onEvent("contact", ({ user }) => {
  contactsAnew();
  // It may no longer be one of a stranger.
  void refresh(ofPerson(user));
});
