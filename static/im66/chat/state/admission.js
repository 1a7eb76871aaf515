// Whether one may write in a conversation, as far as it is known before trying.

import { config } from "../config.js";
import { isGroup, peerOf } from "../text/conversation_ids.js";
import { isMessage } from "../text/sequence.js";
import { ending } from "../text/times.js";
import { t } from "../text/words.js";
import { blocked } from "./blocks.js";
import { client, waitingFor } from "./client.js";
import { mutedThere, standing } from "./events.js";
import { group } from "./groups.js";
import { language } from "./preferences.js";
import { me } from "./session.js";
import { mutedUntil } from "./standing.js";
import { opened } from "./timelines.js";

/** Why one may not write there, in the user's language; empty if one may. @param {string} conversation */
export const whyClosed = (conversation) => ofStanding() || ofConversation(conversation) || ofRefusals(conversation);

function ofStanding() {
  if (standing.value?.banned) return t("This account is locked.");
  const until = mutedUntil.value;
  if (until === 0) return "";
  if (until === null) return t("A moderator has muted you. You cannot write for now.");
  return t("A moderator has muted you until {time}.", { time: ending(until, language.value) });
}

/** @param {string} conversation */
function ofConversation(conversation) {
  if (isGroup(conversation)) return ofNotices(conversation) || ofMute(conversation) || ofGroup(peerOf(conversation));
  if (peerOf(conversation) === config.service) return t("You can't reply to this account.");
  return blocked.value?.has(peerOf(conversation)) ? t("You have blocked this person.") : "";
}

/** What the last of the group's notices says of oneself. @param {string} conversation */
function ofNotices(conversation) {
  const items = opened(conversation)?.items.value ?? [];
  const last = items.findLast((item) => "isNotice" in item && concerns(item));
  if (!last || !("isNotice" in last)) return "";
  if (last.dissolved) return t("This group has been dissolved.");
  return last.left?.includes(me.value) ? t("You are no longer in this group.") : "";
}

/** @param {string} conversation */
function ofMute(conversation) {
  const until = mutedThere.value.get(conversation);
  if (until === null) return t("A moderator has muted you in this group.");
  return until ? t("A moderator has muted you in this group until {time}.", { time: ending(until, language.value) }) : "";
}

/** @param {string} id */
const ofGroup = (id) => (asMember(id)?.muted ? t("Only owners and admins can write now.") : "");

/** Once in how many seconds one may write there; 0 if as often as one likes. @param {string} conversation */
export const pauseIn = (conversation) => (isGroup(conversation) ? (asMember(peerOf(conversation))?.slow ?? 0) : 0);

/** When one may write in a slow group again, in milliseconds; 0 if now. @param {string} conversation */
export function writesAgainAt(conversation) {
  const pause = pauseIn(conversation);
  if (!pause) return 0;
  const items = opened(conversation)?.items.value ?? [];
  const last = items.findLast((item) => isMessage(item) && item.from === me.value)?.time ?? 0;
  const held = client.value?.outbox.held.value.get(conversation) ?? 0;
  // The server's clock may be ahead.
  return Math.max(held, Math.min(Date.now(), last * 1000) + (last && pause * 1000));
}

/** The group, if one is neither an owner nor an admin of it. @param {string} id */
function asMember(id) {
  const known = group(id).value;
  return known?.members.some(({ userid, role }) => userid === me.value && role === "member") ? known.group : undefined;
}

/** @param {import("../types.js").Notice} notice */
const concerns = ({ dissolved, joined = [], left = [] }) => dissolved || [...joined, ...left].includes(me.value);

/** @param {string} conversation */
const ofRefusals = (conversation) =>
  waitingFor(conversation).some(({ failed }) => failed === "blocked") ? t("You can't message this person.") : "";
