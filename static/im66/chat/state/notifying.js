// Notifications about messages that nobody sees come. All tabs hear of a message; the one that holds the line tells of
// it, unless a tab says that it shows the conversation.

import { effect } from "../../vendor/signals.js";
import { client } from "./client.js";
import { known as knownOf, titleOf } from "./conversations.js";
import { arrived } from "./events.js";
import { lastWords } from "./last_words.js";
import { nameOf } from "./people.js";
import { notifies, sounds } from "./preferences.js";
import { isQuiet } from "./quiet.js";
import { show, shown } from "./route.js";
import { me } from "./session.js";

/** @typedef {import("../types.js").Message} Message */

// So long other tabs have to say that they show it, and a new conversation to become known.
const PAUSE_MS = 500;

/** Whether this browser can show any here. */
export const canNotify = () => "Notification" in globalThis && isSecureContext;

/** Whether the user has told the browser not to show any. */
export const isRefused = () => canNotify() && Notification.permission === "denied";

/** Ask the user, by the browser, whether to show them. */
export async function allow() {
  return canNotify() && (await Notification.requestPermission()) === "granted";
}

/** Ids of messages that some tab shows. @type {Set<number>} */
const seen = new Set();

/** Begin to tell of messages. */
export function startNotifying() {
  const channel = new BroadcastChannel(`im66.seen.${me.value}`);
  channel.onmessage = ({ data }) => seen.add(data);
  effect(() => {
    const message = arrived.value;
    if (!message) return;
    if (isSeenHere(message)) channel.postMessage(message.id);
    else if (client.peek()?.line.holds.peek()) setTimeout(() => void tell(message), PAUSE_MS);
  });
}

/** @param {Message} message */
const isSeenHere = ({ conversation }) => document.visibilityState === "visible" && shown.peek() === conversation;

/** @param {Message} message */
async function tell(message) {
  const { conversation, id } = message;
  const known = await knownOf(conversation);
  const isOver = seen.delete(id) || (known && known.read >= id);
  if (isOver || !isWanted(message, known) || isQuiet()) return;
  if (sounds.value === "on" || (sounds.value === "mentions" && mentionsMe(message))) void sound();
  if (notifies.value === "on" && canNotify() && Notification.permission === "granted") notify(message, known);
}

const loadSounds = () => import("./sounds.js");
const sound = () => loadSounds().then(({ tellBySound }) => tellBySound(), () => {});

/** @param {Message} message @param {import("../types.js").Conversation | undefined} known */
const isWanted = (message, known) => !known?.muted && !known?.request && (known?.notify !== "mentions" || mentionsMe(message));

/** @param {Message} message */
const mentionsMe = ({ mentions = [] }) => mentions.includes(me.value) || mentions.includes("*");

/** @param {Message} message @param {import("../types.js").Conversation | undefined} known */
function notify(message, known) {
  const { conversation, from } = message;
  const title = known ? titleOf(known) : nameOf(from);
  // One for each conversation: the latest.
  const options = { body: lastWords(message), icon: known?.picture, tag: `im66/${conversation}`, renotify: true };
  try {
    const notification = new Notification(title, options);
    notification.onclick = () => {
      focus();
      show(conversation, message.id);
      notification.close();
    };
  } catch {
    // Some browsers of phones have the name, and nothing behind it.
  }
}
