// Notifications about messages that nobody sees come. All tabs hear of a message; the one that holds the line tells of
// it, unless a tab says that it shows the conversation.

import { effect } from "../../vendor/signals.js";
import { client } from "./client.js";
import { known as knownOf } from "./conversations.js";
import { arrived, asksToJoin } from "./events.js";
import { notifies, sounds, wakes } from "./preferences.js";
import { isQuiet } from "./quiet.js";
import { shown } from "./route.js";
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
    if (!message || message.silent) return;
    if (isSeenHere(message)) channel.postMessage(message.id);
    else if (client.peek()?.line.holds.peek()) setTimeout(() => void onMessage(message), PAUSE_MS);
  });
  effect(() => {
    const request = asksToJoin.value;
    if (request && !isSeenHere(request) && client.peek()?.line.holds.peek()) void onJoinRequest(request);
  });
}

/** @param {{ conversation: string }} message */
const isSeenHere = ({ conversation }) => document.visibilityState === "visible" && shown.peek() === conversation;

/** @param {Message} message */
async function onMessage(message) {
  const { conversation, id } = message;
  const known = await knownOf(conversation);
  const isOver = seen.delete(id) || (known && known.read >= id);
  if (isOver || !isNotifying(message, known) || isQuiet()) return;
  if (sounds.value === "on" || (sounds.value === "mentions" && mentionsMe(message))) void sound();
  await notify(({ notifyOfMessage }) => notifyOfMessage(message, known));
}

/** Where pushes come, one tells of it while the page is not looked at. @param {{ conversation: string, count: number }} request */
async function onJoinRequest({ conversation, count }) {
  if (wakes.value === "on" && document.visibilityState !== "visible") return;
  const known = await knownOf(conversation);
  if (known && !known.muted && !isQuiet()) await notify(({ notifyOfRequests }) => notifyOfRequests(known, count));
}

/** If the user wants any. @param {(module: typeof import("./notifications.js")) => void} send */
async function notify(send) {
  if (notifies.value === "on" && canNotify() && Notification.permission === "granted") await loadNotifications().then(send, () => {});
}

const loadNotifications = () => import("./notifications.js");

const loadSounds = () => import("./sounds.js");
const sound = () => loadSounds().then(({ ring }) => ring(), () => {});

/** @param {Message} message @param {import("../types.js").Conversation | undefined} known */
const isNotifying = (message, known) => !known?.muted && !known?.request && (known?.notify !== "mentions" || mentionsMe(message));

/** @param {Message} message */
const mentionsMe = ({ mentions = [] }) => mentions.includes(me.value) || mentions.includes("*");
