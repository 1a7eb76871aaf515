// Links by which people join a group, and those who ask to. Each call raises Failure.

import { all, call, part } from "../wire/api.js";

/**
 * @typedef {{ code: string, url: string, expires: number | null, uses: number | null, used: number, by: string }} Link
 * @typedef {import("../types.js").Profile & { time: number }} JoinRequest
 * @typedef {{ group: string, name: string, picture: string, members: number, approval: boolean, state: "member" | "asked" | "" }} Invitation
 */

/** @param {string} group @returns {Promise<Link[]>} */
export const linksTo = async (group) => (await call("GET", `groups/${part(group)}/links`)).items;

/** @param {string} group @param {{ expires: number | null, uses: number | null }} until */
export const makeLink = (group, until) => call("POST", `groups/${part(group)}/links`, { body: until });

/** @param {string} group @param {string} code */
export const endLink = (group, code) => call("DELETE", `groups/${part(group)}/links/${part(code)}`);

/** @param {string} group @returns {Promise<JoinRequest[]>} */
export const requestsTo = (group) => all(`groups/${part(group)}/requests`);

/** @param {string} group @param {string} userid @param {"accept" | "decline"} action */
export const answerRequest = (group, userid, action) =>
  call("POST", `groups/${part(group)}/requests`, { body: { userid, action } });

/** @param {string} code @returns {Promise<Invitation>} */
export const invitationOf = (code) => call("GET", `join/${part(code)}`);

/** @param {string} code @returns {Promise<Invitation>} */
export const join = (code) => call("POST", `join/${part(code)}`);
