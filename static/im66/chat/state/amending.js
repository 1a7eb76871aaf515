// What becomes of messages after they are sent: another text, a reaction, being taken back. Each raises Failure.

import { ask, client } from "./client.js";
import { nameIn } from "./groups.js";
import { kindNamed } from "../text/kinds.js";
import { t } from "../text/words.js";
import { mentionsIn } from "./mentioning.js";
import { me } from "./session.js";

/** @typedef {import("../types.js").Message} Message */

/** The texts that were taken back from this page, by their ids, for whoever wants to write them anew. @type {Map<number, string>} */
export const takenBack = new Map();

/** @param {Message} message @param {string} content */
export const edit = (message, content) => {
  // Those who are still named, and those who were chosen now.
  const named = (message.mentions ?? []).filter((one) => content.includes(`@${one === "*" ? t("all") : nameIn(message.conversation, one)}`));
  const mentions = [...new Set([...named, ...(mentionsIn(message.conversation, content) ?? [])])];
  return amend("edit", "edited", message, { content, ...(mentions.length && { mentions }) });
};

/** @param {Message} message @param {string} emoji @param {boolean} on */
export const react = (message, emoji, on) => amend("react", "reaction", message, { emoji, on });

/** @param {Message} message */
export async function recall(message) {
  const { id, kind, content } = message;
  // Before the page is told, so that it can offer the text at once.
  if (kindNamed(kind).isText && content && message.from === me.value) takenBack.set(id, content);
  await amend("recall", "recalled", message, {});
}

/**
 * The server tells all but the one who asks.
 *
 * @param {string} cmd
 * @param {string} ev
 * @param {Message} message
 * @param {object} what
 */
async function amend(cmd, ev, { id: target, conversation }, what) {
  // A rule may have changed what an edit says.
  const { id, ...changed } = await ask({ cmd, target, ...what });
  const time = Math.floor(Date.now() / 1000);
  client.value?.line.publish({ ev, id, conversation, target, from: me.value, time, ...what, ...changed, isOwn: true });
}
