// In open mode, whom this browser remembers: the tab's own person, or the one of the last tab.

import { isUserid } from "../text/userids.js";
import { keep, keptAt, ofTab } from "./stored.js";

export const KEY = "im66.userid";

/** The userid, which the tab keeps from now on; empty if there is none. */
export function remembered() {
  const userid = keptAt(KEY, ofTab) ?? keptAt(KEY) ?? "";
  if (!isUserid(userid)) return "";
  keep(KEY, userid, ofTab);
  return userid;
}
