// In open mode, whom this browser remembers: the tab's own person, or the one of the last tab.

import { isUserid } from "../text/userids.js";
import { keep, keptAt, ofTab } from "./stored.js";

export const KEY = "im66.userid";
// web/chat_views.py reads it.
const COOKIE = "im66_userid";
const YEAR_SECONDS = 366 * 24 * 60 * 60;

/** With this cookie the server brings the person's list along with the page. @param {string} userid   empty to forget it */
export function setUserCookie(userid) {
  const age = userid ? YEAR_SECONDS : 0;
  document.cookie = `${COOKIE}=${encodeURIComponent(userid)}; path=/; max-age=${age}; samesite=lax`;
}

/** The userid, which the tab keeps from now on; empty if there is none. */
export function remembered() {
  const userid = keptAt(KEY, ofTab) ?? keptAt(KEY) ?? "";
  if (!isUserid(userid)) return "";
  keep(KEY, userid, ofTab);
  return userid;
}
