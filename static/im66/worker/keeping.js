// What the worker keeps in the browser: the files of its version, in a cache of their own, and who uses the page. What
// people have written only the page keeps (chat/wire/vault.js); the worker deletes it with the rest.

import { wipe } from "../chat/wire/vault.js";

const FILES = "im66-files-";
const MINE = `${FILES}${SETTINGS.version}`;
const STATE = "im66-state";
const STATE_URL = "/im66-state";

/** The last change of what is kept: each begins when the one before has ended. @type {Promise<unknown>} */
let last = Promise.resolve();

/** @template T @param {() => Promise<T>} change @returns {Promise<T>} */
function inTurn(change) {
  const mine = last.catch(() => {}).then(change);
  last = mine;
  return mine;
}

/** Keep the files of this version, all or none, unless they are kept. */
export const fill = () => inTurn(fillNow);

/** Somebody uses the page from now on, in this way. */
export const keepState = (state) => inTurn(() => keepStateNow(state));

/** Somebody leaves: keep nothing, show nothing, count nothing. */
export const empty = () => inTurn(emptyNow);

async function fillNow() {
  if (await isComplete()) return;
  const answers = await Promise.all([...SETTINGS.files, SETTINGS.offline].map(fetched));
  const cache = await caches.open(MINE);
  await Promise.all(answers.map(([url, answer]) => cache.put(url, answer)));
}

async function isComplete() {
  if (!(await caches.has(MINE))) return false;
  const kept = await (await caches.open(MINE)).keys();
  return kept.length === SETTINGS.files.length + 1;
}

/** Raises Error unless it is of this version: while servers of two run side by side, another may answer. */
async function fetched(url) {
  const answer = await fetch(url);
  if (!answer.ok || answer.headers.get("Cache-Control")?.includes("no-store")) throw new Error(`no ${url} now`);
  return [url, answer];
}

/** What is kept at this path; undefined if nothing is. Paths name their version. @param {string} path */
export const served = (path) => caches.match(path, { ignoreVary: true });

/** Other versions' files, once no page is open that may still ask for them. */
export async function tidy(windows) {
  if (windows.length > 0) return;
  const others = (await caches.keys()).filter((name) => name.startsWith(FILES) && name !== MINE);
  await Promise.all(others.map((name) => caches.delete(name)));
}

async function keepStateNow(state) {
  // Other windows may show the page as what it also is: a page of the browser.
  const before = await keptState();
  const isInstalled = state.isInstalled || Boolean(before?.isInstalled);
  const requests = before?.userid === state.userid ? before?.requests : undefined;
  await put({ requests, ...state, isInstalled });
}

/** How many people ask to join, by group: this has been shown. */
export const keepRequests = (requests) =>
  inTurn(async () => {
    const state = await keptState();
    if (state) await put({ ...state, requests });
  });

const put = async (state) => (await caches.open(STATE)).put(STATE_URL, new Response(JSON.stringify(state)));

/** Who uses the page, and how; undefined if nobody does. */
export async function keptState() {
  if (!(await caches.has(STATE))) return undefined;
  return (await (await caches.open(STATE)).match(STATE_URL))?.json();
}

async function emptyNow() {
  await wipe();
  if ((await keptState())?.isInstalled) await self.navigator.clearAppBadge?.().catch(() => {});
  for (const one of await self.registration.getNotifications()) one.close();
  await Promise.all((await caches.keys()).filter((name) => name.startsWith("im66-")).map((name) => caches.delete(name)));
}
