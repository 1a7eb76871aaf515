// Lets the browser be woken when there are messages and no page is open.

import { call } from "../wire/api.js";
import { wakes } from "./preferences.js";
import { worker } from "./worker.js";

const PATH = "push/subscriptions";
// So long somebody who leaves waits for it to end.
const GOODBYE_MS = 2000;

/** Whether this browser can be woken for this page. */
export const canBeWoken = () => isSecureContext && "serviceWorker" in navigator && "PushManager" in globalThis;

/** Wake it from now on. Notifications must be allowed. @returns {Promise<boolean>} whether that worked */
export async function wake() {
  if (!canBeWoken()) return false;
  try {
    await begin();
  } catch {
    return false;
  }
  return true;
}

/** Wake it no more. Where that fails, the push service says that it is gone. */
export async function wakeNoMore() {
  if (!canBeWoken()) return;
  try {
    const subscription = await (await navigator.serviceWorker.getRegistration())?.pushManager.getSubscription();
    if (!subscription) return;
    const { endpoint } = subscription;
    await subscription.unsubscribe();
    await call("DELETE", PATH, { body: { endpoint } });
  } catch {
    // There is no line to the server, or none to the browser's maker.
  }
}

/** For a person who leaves: the next one is not to be told of this one's messages. */
export async function sleepAtLast() {
  if (wakes.value === "on") {
    await Promise.race([wakeNoMore(), new Promise((resolve) => setTimeout(resolve, GOODBYE_MS))]);
  }
}

/** What is wanted may have ended: browsers forget it, and so does the server of one that it cannot reach. */
export function startWaking() {
  if (wakes.value === "on" && "Notification" in globalThis && Notification.permission === "granted") void wake();
}

async function begin() {
  const { pushManager } = await worker();
  const { key } = await call("GET", "push");
  const { endpoint } = await subscribed(pushManager, key);
  await call("PUT", PATH, { body: { endpoint } });
}

/** @param {PushManager} manager @param {string} applicationServerKey */
async function subscribed(manager, applicationServerKey) {
  const options = { userVisibleOnly: true, applicationServerKey };
  try {
    return await manager.subscribe(options);
  } catch (error) {
    // The server has another key than before.
    const before = await manager.getSubscription();
    if (!before) throw error;
    await before.unsubscribe();
    return manager.subscribe(options);
  }
}
