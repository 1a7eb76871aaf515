// Messages in the browser's storage, each under its cid.

import { config } from "../config.js";
import { partOf } from "../text/kinds.js";
import { allUnder, forget, keep } from "./stored.js";

/** @typedef {import("../types.js").Outgoing} Outgoing */

/** Whether there was a place for it. @param {string} prefix @param {Outgoing} message */
export const keepOutgoing = (prefix, message) => keep(prefix + message.cid, JSON.stringify(message));

/** @param {string} prefix @param {string} cid */
export const forgetOutgoing = (prefix, cid) => forget(prefix + cid);

/** All under a prefix. @param {string} prefix @returns {Outgoing[]} */
export const keptOutgoing = (prefix) =>
  [...allUnder(prefix)].map(([cid, text]) => ({ ...parsed(text), cid })).filter(isOutgoing);

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Others may have written there too: the browser's user, an extension, an older page. @param {any} one @returns {one is Outgoing} */
function isOutgoing(one) {
  const { cid, to, kind, content, at, reply, failed, silent } = one;
  const isMeant = typeof to === "string" && Object.hasOwn(config.kinds, kind) && typeof content === "string";
  const isComplete = cid !== "" && Number.isFinite(at) && Math.abs(at) <= 8.64e15;
  return isMeant && isComplete && isOr(reply, "number") && isOr(failed, "string") && isOr(silent, "boolean") && Object.values(partOf(one)).every((part) => typeof part === "object");
}

/** @param {unknown} value @param {string} type */
const isOr = (value, type) => value === undefined || typeof value === type;
