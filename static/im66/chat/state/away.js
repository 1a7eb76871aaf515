// Whether the line has been away for so long that people should know, and whether it will not come back by itself.

import { computed, effect, signal } from "../../vendor/signals.js";
import { beginAnew } from "../wire/beginning.js";
import { RESTART, UNPROVEN } from "../../client/close_codes.js";
import { isEmbedded } from "../wire/host.js";
import { isLoggedOut } from "../wire/proving.js";
import { client, link } from "./client.js";
import { me } from "./session.js";

// A restart spreads its clients over some seconds, which is nothing to speak of.
const SECONDS = 1.5;
const RESTART_SECONDS = 8;

/** Why the server lets nobody in here any more: the close code; 0 if it is not so. */
export const ended = computed(() => {
  const { state, code } = link();
  if (isLoggedOut.value) return UNPROVEN;
  return me.value && state === "ended" ? code : 0;
});

/** What the server said last, if it lets nobody in here any more. */
export const whyEnded = computed(() => (ended.value ? link().why : undefined));

/** Whether it is time to speak of it. */
export const isAway = signal(false);

// It is open, and nothing comes on it that should. By then so much time has passed that people should know at once.
const isSilent = computed(() => link().state === "silent");

// The connection of a browser that has no network any more is dead, but nobody tells it so.
const isOffline = signal(navigator.onLine === false);
addEventListener("offline", () => (isOffline.value = true));
addEventListener("online", () => (isOffline.value = false));

const isMissing = computed(() => me.value !== "" && (isOffline.value || ["connecting", "silent", "away"].includes(link().state)));

effect(() => {
  if (!isMissing.value) {
    isAway.value = false;
    return undefined;
  }
  if (isSilent.value) {
    isAway.value = true;
    return undefined;
  }
  // Only the first close says why: further attempts find nobody.
  const seconds = client.peek()?.line.link.peek().code === RESTART ? RESTART_SECONDS : SECONDS;
  const timer = setTimeout(() => {
    isAway.value = true;
  }, seconds * 1000);
  return () => clearTimeout(timer);
});

let hasEnded = false;

effect(() => {
  const { state } = link();
  hasEnded ||= state === "ended";
  // Another tab was let in, with another session perhaps, so this one begins anew. In a frame it is the same person's.
  if (hasEnded && state === "open" && !isEmbedded) beginAnew();
});
