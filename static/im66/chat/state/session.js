// Who uses this page. In open mode each tab may be somebody else; a new tab begins as the person of the last one.

import { computed, signal } from "../../vendor/signals.js";
import { config } from "../config.js";
import { speakFor } from "../wire/credentials.js";
import { person } from "./people.js";
import { KEY, remembered, setUserCookie } from "./remembered.js";
import { forget, keep, keptAt, ofTab } from "./stored.js";

/** The userid; empty if nobody has signed in. */
export const me = signal(config.mode === "open" ? remembered() : config.userid);

/** One's own profile. */
export const myself = computed(() => person(me.value).value);

if (me.value) speakFor(me.value);

/** Use the page as this person, in open mode. @param {string} userid */
export function signIn(userid) {
  keep(KEY, userid, ofTab);
  keep(KEY, userid);
  setUserCookie(userid);
  speakFor(userid);
  me.value = userid;
}

/** Begin anew, with nothing left of this person's in memory. */
export function signOut() {
  forget(KEY, ofTab);
  if (keptAt(KEY) === me.value) forget(KEY);
  setUserCookie("");
  location.reload();
}
