// What the browser runs without a page. It says that there are messages when a push service wakes the browser, and shows
// a page that says what to do when the server cannot be reached. web/app_views.py puts SETTINGS before it.

import { wipe } from "../chat/wire/vault.js";
import { hashOf, isGroup } from "../chat/text/conversation_ids.js";
import { plainText } from "../chat/text/formatting.js";
import { TAGS, languageOf } from "../chat/text/language_tags.js";
import { isQuietNow } from "../chat/text/quiet.js";
import { empty, fill, keepRequests, keepState, keptState, served, tidy } from "./keeping.js";

/** @typedef {{ userid: string, language: "en" | "zh" | "zh-hant", quiet: import("../chat/text/quiet.js").Quiet | null, isInstalled: boolean, requests?: Record<string, number> }} State */

const SECONDS = 10;
const MAX_CHARACTERS = 160;
const UNREACHABLE = [502, 504];

const windows = () => self.clients.matchAll({ type: "window", includeUncontrolled: true });
const pages = async () => (await windows()).filter(({ url }) => new URL(url).pathname === SETTINGS.page);
const wordsOf = (state) => SETTINGS.words[state?.language ?? languageOf(self.navigator.language)];

// A push: the push service says nothing of why, so the server is asked.

async function tell() {
  // An open page tells of messages itself.
  if ((await windows()).some((one) => one.visibilityState === "visible")) return;
  const state = await keptState();
  const news = state && (await conversationsOf(state).catch(() => null));
  if (news && state.isInstalled) await showCount(news);
  const asking = news?.filter((one) => one.requests > 0 && !one.muted) ?? [];
  const more = asking.filter(({ id, requests }) => requests > (state.requests?.[id] ?? 0));
  if (news) await keepRequests(Object.fromEntries(asking.map(({ id, requests }) => [id, requests])));
  const newest = news?.filter(isNews).sort((a, b) => b.last.id - a.last.id)[0];
  const words = wordsOf(state);
  // Messages and requests each have a push: the other one comes as well.
  const requests = newest ? more : asking;
  if (requests.length > 0) return Promise.all(requests.map((one) => showRequests(one, state, words)));
  const { title, body } = newest ? await textsOf(newest, state, words) : words;
  await showOf(newest, state, title, { body, tag: newest ? `im66/${newest.id}` : "im66" });
}

function showRequests({ requests, ...group }, state, { asks }) {
  const body = asks[Number(requests !== 1)].replace("{count}", requests);
  return showOf(group, state, group.remark || group.title, { body, tag: `im66/${group.id}/requests` });
}

/** What is new in the conversation; undefined: that is not known. */
const showOf = (conversation, state, title, options) =>
  self.registration.showNotification(title, {
    ...options,
    icon: conversation?.picture || SETTINGS.icon,
    badge: SETTINGS.badge,
    renotify: true,
    silent: isQuietNow(state?.quiet),
    lang: TAGS[state?.language ?? "en"],
    data: { conversation: conversation?.id ?? null },
  });

const headers = ({ userid }) => (SETTINGS.mode === "open" ? { Authorization: `Userid ${encodeURIComponent(userid)}` } : {});

/** The person's conversations. */
const conversationsOf = async (state) => (await get(state, "conversations")).items;

async function get(state, path) {
  const answer = await fetch(`${SETTINGS.api}${path}`, {
    headers: headers(state),
    cache: "no-store",
    signal: AbortSignal.timeout(SECONDS * 1000),
  });
  if (answer.status === 401) await wipe();
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  return answer.json();
}

const isCounted = (one) => !one.muted && !one.archived && !one.removed;
const isNews = (one) => isCounted(one) && one.unread > 0 && one.last && !one.last.silent && (one.notify !== "mentions" || one.mentioned > 0);

async function showCount(conversations) {
  const count = conversations.filter(isCounted).reduce((sum, one) => sum + (one.unread || Number(one.marked_unread)), 0);
  await self.navigator.setAppBadge?.(count).catch(() => {});
}

async function textsOf({ id, title, remark, last }, state, words) {
  const body = last.recalled ? words.recalled : textOf(last, words);
  const author = isGroup(id) ? await nameOf(last.from, state) : "";
  return { title: remark || title, body: author ? `${author}: ${body}` : body };
}

function textOf({ kind, content = "", file, place }, { kinds }) {
  const start = content.slice(0, MAX_CHARACTERS);
  if (SETTINGS.texts.includes(kind)) return (kind === "text" ? plainText(start) : start).replace(/\s+/g, " ").trim();
  return [Object.hasOwn(kinds, kind) ? kinds[kind] : kinds[""], file?.name ?? place?.name].filter(Boolean).join(" ").slice(0, MAX_CHARACTERS);
}

async function nameOf(userid, state) {
  try {
    return (await get(state, `users/${encodeURIComponent(userid)}`)).nickname || userid;
  } catch {
    return userid;
  }
}

/** Show the conversation: in the page that is looked at, or in any, or in a new one. */
async function open(conversation) {
  const open = await pages();
  const page = open.find(({ focused }) => focused) ?? open.find((one) => one.visibilityState === "visible") ?? open[0];
  if (!page) return self.clients.openWindow(`${SETTINGS.page}${conversation ? hashOf(conversation) : ""}`);
  if (conversation) page.postMessage({ show: conversation });
  return page.focus();
}

// The files.

async function navigated({ request, preloadResponse }) {
  void tidy(await windows());
  try {
    const answer = (await preloadResponse) ?? (await fetch(request));
    // To the form of the sign-in: what another one kept is over.
    if (answer.type === "opaqueredirect") await wipe();
    if (!UNREACHABLE.includes(answer.status)) return answer;
    return (await served(SETTINGS.offline)) ?? answer;
  } catch (error) {
    const page = await served(SETTINGS.offline);
    if (page) return page;
    throw error;
  }
}

function answer(event) {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  // The form by which people log out, on whichever page it is.
  if (request.method === "POST" && pathname === SETTINGS.logout) event.waitUntil(empty());
  if (request.method !== "GET") return;
  if (request.mode === "navigate" && pathname === SETTINGS.page) event.respondWith(navigated(event));
  else if (pathname.startsWith(SETTINGS.assets)) event.respondWith(served(request.url).then((kept) => kept ?? fetch(request)));
}

// Firefox shows its own error page where that fails, whatever is answered here.
const mayPreload = !self.navigator.userAgent.includes("Firefox/");

async function begin() {
  await self.registration.navigationPreload?.[mayPreload ? "enable" : "disable"]();
  await tidy(await windows());
}

/** What a page says: who uses it and how, from now on; or that this person leaves. */
async function hear({ state }) {
  if (!state) return empty();
  await keepState(state);
  return fill();
}

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(fill());
});
self.addEventListener("activate", (event) => event.waitUntil(begin()));
self.addEventListener("fetch", answer);
self.addEventListener("message", (event) => event.waitUntil(hear(event.data)));
self.addEventListener("push", (event) => event.waitUntil(tell()));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.conversation));
});
