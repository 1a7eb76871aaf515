// Telling the moderators of a message, a person or a group.

import { call } from "../wire/api.js";

/** @typedef {"spam" | "abuse" | "sexual" | "violence" | "illegal" | "other"} Category */
/** What is reported: one of them. @typedef {{ message: number } | { user: string } | { group: string }} Target */

export const NOTE_LENGTH = 1000;

/** Raises Failure. Whoever has reported it already changes nothing. @param {Target} target @param {Category} category @param {string} note */
export const report = (target, category, note) =>
  call("POST", "reports", { body: { ...target, category, note: note.trim() } });
