// The user's contacts, who may reach the user, and asking to be a contact. Each call raises Failure.

import { signal } from "../../vendor/signals.js";
import { all, call, part } from "../wire/api.js";
import { learn } from "./people.js";

/**
 * @typedef {import("../types.js").Profile & { remark: string, initial: string }} Contact
 * @typedef {"everybody" | "known" | "contacts" | "nobody"} Circle
 * @typedef {Record<string, Circle>} Privacy
 */

/** In the order of their names; null until they are known. @type {import("../../vendor/signals.js").Signal<Contact[] | null>} */
export const contacts = signal(null);

export async function loadContacts() {
  contacts.value = await find("");
}

/** Contacts whose name, remark or userid has this. @param {string} q @returns {Promise<Contact[]>} */
export async function find(q) {
  const items = await all("contacts", { q: q || undefined });
  items.filter((/** @type {Contact} */ one) => one.nickname).forEach(learn);
  return items;
}

/** @param {string} userid */
export const add = (userid) => call("PUT", `contacts/${part(userid)}`);

/** @param {string} userid */
export const remove = (userid) => call("DELETE", `contacts/${part(userid)}`);

/** @param {string} userid @param {string} text @returns {Promise<{ accepted: boolean }>} */
export const ask = (userid, text) => call("POST", "contacts/requests", { body: { userid, text } });

/** @param {number} id @param {"accept" | "decline"} action */
export const answer = (id, action) => call("POST", `contacts/requests/${id}`, { body: { action } });

/** @returns {Promise<Privacy>} */
export const privacy = () => call("GET", "me/privacy");

/** @param {Privacy} change @returns {Promise<Privacy>} */
export const changePrivacy = (change) => call("PATCH", "me/privacy", { body: change });
