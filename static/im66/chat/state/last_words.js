// What lists and notifications say of a message: in one line, with its author where the title does not name them.

import { isGroup } from "../text/conversation_ids.js";
import { previewOf } from "../text/previews.js";
import { t } from "../text/words.js";
import { nameOf } from "./people.js";
import { me } from "./session.js";
import { MODERATOR } from "../text/moderator.js";

/** @typedef {import("../types.js").Message} Message */

/** @param {Pick<Message, "conversation" | "from" | "kind" | "content"> & Partial<Message>} message */
export function lastWords(message) {
  const author = authorOf(message);
  if (message.recalled && message.by === MODERATOR) return t("Removed by a moderator");
  if (message.recalled) return author ? t("{name} recalled a message", { name: author }) : t("A message was recalled");
  const words = previewOf(message);
  return author ? t("{name}: {words}", { name: author, words }) : words;
}

/** Nothing for the other person of two. @param {Pick<Message, "conversation" | "from">} message */
function authorOf({ conversation, from }) {
  if (from === me.value) return t("You");
  return isGroup(conversation) ? nameOf(from) : "";
}
