// The notifications of the browser. Loaded when the first one is shown.

import { counted } from "../text/words.js";
import { titleOf } from "./conversations.js";
import { lastWords } from "./last_words.js";
import { nameOf } from "./people.js";
import { show } from "./route.js";

/** @typedef {import("../types.js").Conversation} Conversation */

/** @param {import("../types.js").Message} message @param {Conversation | undefined} known */
export function notifyOfMessage(message, known) {
  const { conversation, from, id } = message;
  // One for each conversation: the latest.
  const options = { body: lastWords(message), icon: known?.picture, tag: `im66/${conversation}`, renotify: true };
  notify(known ? titleOf(known) : nameOf(from), options, () => show(conversation, id));
}

/** @param {Conversation} known   a group @param {number} count   of people who ask to join it */
export function notifyOfRequests(known, count) {
  const body = counted(count, "1 person asks to join", "{count} people ask to join");
  const options = { body, icon: known.picture, tag: `im66/${known.id}/requests`, renotify: true };
  notify(titleOf(known), options, () => show(known.id));
}

/** @param {string} title @param {NotificationOptions & { renotify: boolean }} options @param {() => void} open   where it is about */
function notify(title, options, open) {
  try {
    const notification = new Notification(title, options);
    notification.onclick = () => {
      focus();
      open();
      notification.close();
    };
  } catch {
    // Some browsers of phones have the name, and nothing behind it.
  }
}
