// What members can do with a group. Each raises Failure. What has changed comes back as a notice, to all.

import { call, part } from "../wire/api.js";
import { groupChanged } from "./groups.js";

/** @param {string} id */
const path = (id) => `groups/${part(id)}`;

/** @param {string} id @param {string} userid */
const memberPath = (id, userid) => `${path(id)}/members/${part(userid)}`;

/** @param {string} id @param {{ name?: string, notice?: string, picture?: string, nickname?: string } | Record<string, boolean | string>} changes   also of config.choices */
export async function editGroup(id, changes) {
  await call("PATCH", path(id), { body: changes });
  await groupChanged(id);
}

/** @typedef {import("../types.js").Profile & { time: number | null }} Confirmation   who has confirmed the notice, and when */

/** @param {string} id @returns {Promise<Confirmation[]>} */
export const confirmationsOf = async (id) => (await call("GET", `${path(id)}/confirmations`)).items;

/** @param {string} id @param {number} notice   which one the user has read */
export async function confirmNotice(id, notice) {
  try {
    await call("PUT", `${path(id)}/confirmations`, { body: { notice_id: notice } });
  } finally {
    await groupChanged(id);
  }
}

/** @param {string} id @param {string[]} userids */
export async function addMembers(id, userids) {
  await call("POST", `${path(id)}/members`, { body: { userids } });
  await groupChanged(id);
}

/** @param {string} id @param {string} userid */
export async function removeMember(id, userid) {
  await call("DELETE", memberPath(id, userid));
  await groupChanged(id);
}

/** @param {string} id @param {string} userid @param {"owner" | "admin" | "member"} role */
export async function setRole(id, userid, role) {
  await call("PATCH", memberPath(id, userid), { body: { role } });
  await groupChanged(id);
}

/** @param {string} id @param {string} userid   one's own */
export const leaveGroup = (id, userid) => call("DELETE", memberPath(id, userid));

/** @param {string} id */
export const dissolveGroup = (id) => call("DELETE", path(id));
