// The page as an app. Is loaded when all else has been: the script that runs without a page, and the number on the icon.

import { effect } from "../../vendor/signals.js";
import { conversations, unread } from "./conversations.js";
import { language } from "./preferences.js";
import { quiet } from "./quiet.js";
import { me } from "./session.js";
import { canRunWorker, postToWorker, worker } from "./worker.js";
import { keepsSomething } from "../wire/vault.js";

const loadHistory = () => import("./history.js");

// Only what was installed has an icon to count on.
const isInstalled = () => matchMedia("not all and (display-mode: browser)").matches;

/** For the person who uses the page. */
export async function beInstalled() {
  effect(countOnIcon);
  effect(() => {
    const link = /** @type {HTMLLinkElement | null} */ (document.querySelector("link[rel=manifest]"));
    if (link) link.href = `/app.webmanifest?language=${language.value}`;
  });
  if (await keepsSomething()) void loadHistory().then(({ resume }) => resume(), () => {});
  if (!canRunWorker()) return;
  try {
    await worker();
  } catch {
    return; // not in this window of this browser
  }
  effect(() => {
    const state = { userid: me.value, language: language.value, quiet: quiet.value, isInstalled: isInstalled() };
    if (state.userid) void postToWorker(state);
  });
  effect(() => void closeRead(conversations.value));
}

function countOnIcon() {
  const count = unread.value;
  // Some browsers refuse.
  if (isInstalled()) /** @type {any} */ (navigator).setAppBadge?.(count).catch(() => {});
}

/** What was told of these conversations, and has been read since. @param {Map<string, { unread: number }>} known */
async function closeRead(known) {
  const registration = await navigator.serviceWorker.getRegistration();
  for (const one of (await registration?.getNotifications()) ?? []) {
    if (known.get(one.data?.conversation)?.unread === 0) one.close();
  }
}
