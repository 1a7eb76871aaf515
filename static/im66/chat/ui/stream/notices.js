// What happened to a group, as it is told in its messages.

import { config } from "../../config.js";
import { nameIn } from "../../state/groups.js";
import { me } from "../../state/session.js";
import { nameFor, t } from "../../text/words.js";

/** @typedef {import("../../types.js").Notice} Notice */

// More are counted.
const MOST_NAMES = 5;

/** @param {Notice} notice @returns {string} */
export function told(notice) {
  const { joined = [], left = [], name, notice: text, roles, muted, slow, restored, dissolved } = notice;
  const { confirm, picture, message_pinned: pinned, message_unpinned: unpinned } = notice;
  const there = notice.conversation;
  const by = notice.by === undefined ? undefined : who(notice.by, there);
  if (joined.length) return toldOfJoining(joined, notice.by, there);
  if (left.length) return toldOfLeaving(left, notice.by, there);
  if (name !== undefined) return by ? t("{by} named the group “{name}”", { by, name }) : t("The group is now called “{name}”", { name });
  if (text && confirm) return by ? t("{by} posted a notice to confirm: {text}", { by, text }) : t("Notice to confirm: {text}", { text });
  if (text) return by ? t("{by} posted a notice: {text}", { by, text }) : t("New notice: {text}", { text });
  if (text === "") return t("Notice removed");
  if (roles) return Object.entries(roles).map(([userid, role]) => toldOfRole(userid, role, there)).join(" · ");
  if (muted !== undefined) return muted ? t("Only owners and admins can write now") : t("All members can write again");
  if (slow !== undefined) return toldOfPace(slow);
  if (picture !== undefined) return picture ? t("The group has a new picture") : t("The group's picture was removed");
  if (pinned) return by ? t("{by} pinned a message", { by }) : t("A message was pinned");
  if (unpinned) return by ? t("{by} unpinned a message", { by }) : t("A message was unpinned");
  if (restored) return t("The group was restored");
  if (dissolved) return t("The group was dissolved");
  return toldOfChoices(notice);
}

/** @param {Record<string, unknown>} notice */
const toldOfChoices = (notice) =>
  config.choices
    .filter(({ name }) => name in notice)
    .map(({ name, on, when_on: whenOn, when_off: whenOff }) => nameFor(notice[name] === on ? whenOn : whenOff))
    .join(" · ");

/** @param {string[]} joined @param {string | undefined} by @param {string} there */
function toldOfJoining(joined, by, there) {
  const others = joined.filter((userid) => userid !== by);
  if (by === undefined || others.length === 0) return t("{names} joined", { names: names(joined, there) });
  const values = { by: who(by, there), names: names(others, there, t("you")) };
  return others.length < joined.length ? t("{by} started the group with {names}", values) : t("{by} added {names}", values);
}

/** @param {string[]} left @param {string | undefined} by @param {string} there */
function toldOfLeaving(left, by, there) {
  if (by === undefined || left.includes(by)) return t("{names} left", { names: names(left, there) });
  return t("{by} removed {names}", { by: who(by, there), names: names(left, there, t("you")) });
}

/** @param {string} userid @param {string} role @param {string} there */
function toldOfRole(userid, role, there) {
  const isMe = userid === me.value;
  const name = nameIn(there, userid);
  if (isMe && role === "owner") return t("You are now an owner");
  if (isMe) return role === "admin" ? t("You are now an admin") : t("You are now a member");
  if (role === "owner") return t("{name} is now an owner", { name });
  return role === "admin" ? t("{name} is now an admin", { name }) : t("{name} is now a member", { name });
}

/** @param {number} seconds */
const toldOfPace = (seconds) =>
  seconds ? t("Slow mode is on: one message in {seconds} seconds", { seconds }) : t("Slow mode is off");

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
