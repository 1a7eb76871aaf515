// Which message the box offers to edit.

import { welcome } from "./client.js";
import { me } from "./session.js";
import { opened } from "./timelines.js";

/** @typedef {import("../types.js").Message} Message */

/** One's own last text in the conversation, if it may still be edited. @param {string} conversation */
export function lastEditable(conversation) {
  const since = Date.now() / 1000 - (welcome()?.limits.recall ?? 0);
  const items = opened(conversation)?.items.value ?? [];
  const found = items.findLast((item) => "from" in item && isOwnText(item));
  return found && found.time > since ? /** @type {Message} */ (found) : null;
}

/** @param {Message} message */
const isOwnText = ({ from, kind, recalled }) => from === me.value && kind === "text" && !recalled;
