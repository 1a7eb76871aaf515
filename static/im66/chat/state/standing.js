// Whether a moderator has muted the user, which ends by itself.

import { computed, effect, signal } from "../../vendor/signals.js";
import { call } from "../wire/api.js";
import { standing } from "./events.js";
import { learn, awaitedForPeople } from "./people.js";
import { quiet } from "./quiet.js";

// The longest that a timer of the browser can wait.
const LONGEST = 2 ** 31 - 1;

const isOver = signal(false);

effect(() => {
  const until = standing.value?.muted_until;
  isOver.value = false;
  if (!until) return undefined;
  const end = () => {
    isOver.value = true;
  };
  const timer = setTimeout(end, Math.min(Math.max(0, until * 1000 - Date.now()), LONGEST));
  return () => clearTimeout(timer);
});

/** Ask who the user is, and whether muted: what was done before this page was opened is not told again. */
export async function learnMe() {
  const before = standing.peek();
  try {
    const { muted = false, muted_until = null, reason = "", quiet: hours = null, ...profile } = await awaitedForPeople(call("GET", "me"));
    learn(profile);
    quiet.value = hours;
    // Something newer may have been told meanwhile.
    if (standing.peek() === before) standing.value = { ...before, muted_until: muted ? muted_until : 0, reason };
  } catch {
    // Whoever tries to write is told.
  }
}

/** Until when the user is muted, in seconds since 1970: 0 if not, null if for good. */
export const mutedUntil = computed(() => {
  const until = standing.value?.muted_until;
  return isOver.value || until === undefined ? 0 : until;
});
