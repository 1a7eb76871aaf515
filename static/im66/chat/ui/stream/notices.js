// What happened to a group, as it is shown among its messages.

import { config } from "../../config.js";
import { nameIn } from "../../state/groups.js";
import { me } from "../../state/session.js";
import { filled, translated, t } from "../../text/words.js";

/** @typedef {import("../../types.js").Notice} Notice */

// More are counted.
const MOST_NAMES = 5;

/** @param {Notice} notice @returns {string} */
export function noticeText(notice) {
  const { joined = [], left = [], conversation: there, by } = notice;
  if (joined.length) return membersText("joined", joined, by, there);
  if (left.length) return membersText("left", left, by, there);
  /** @type {Record<string, any>} */
  const changed = notice;
  const changes = Object.keys(config.words).filter((name) => name in changed && !Array.isArray(changed[name]));
  const lines = changes.map((name) => say(name, changed[name], { by: by && who(by, there), value: changed[name] }));
  const roles = Object.entries(notice.roles ?? {}).map(([userid, role]) => say(role, true, { name: nameIn(there, userid) }, userid));
  return [...lines, ...roles].join(" · ");
}

/** @param {"joined" | "left"} what @param {string[]} people @param {string | undefined} by @param {string} there */
function membersText(what, people, by, there) {
  const others = people.filter((userid) => userid !== by);
  const isFounded = what === "joined" && others.length > 0 && others.length < people.length;
  // They have come or left by themselves.
  if (by === undefined || (others.length < people.length && !isFounded)) return say(what, true, { names: names(people, there) });
  return say(isFounded ? "founded" : what, true, { by: who(by, there), names: names(others, there, t("you")) });
}

/**
 * @param {string} what   a name in config.words
 * @param {unknown} value
 * @param {Record<string, string | undefined>} values   what stands in the text
 * @param {string} [userid]   whom it is about
 */
function say(what, value, values, userid) {
  const words = config.words[what];
  const isOn = words.on === undefined ? Boolean(value) : value === words.on;
  const text = (!isOn && words.off) || (userid === me.value && words.you) || (values.by && words.by) || words.text;
  return text ? filled(translated(text), values) : "";
}

/** @param {string} userid @param {string} there   the conversation */
const who = (userid, there) => (userid === me.value ? t("You") : nameIn(there, userid));

/** @param {string[]} userids @param {string} there @param {string} [you]   what to call the reader */
function names(userids, there, you = t("You")) {
  const shown = userids.slice(0, MOST_NAMES).map((userid) => (userid === me.value ? you : nameIn(there, userid)));
  const more = userids.length - MOST_NAMES;
  if (more > 0) return t("{names} and {count} others", { names: shown.join(t(", ")), count: more });
  const last = /** @type {string} */ (shown.pop());
  return shown.length ? t("{names} and {last}", { names: shown.join(t(", ")), last }) : last;
}
