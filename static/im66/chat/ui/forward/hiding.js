// Deletes messages for the user alone.

import { selecting, stopSelecting } from "../../state/selecting.js";
import { complain, say } from "../../state/toasts.js";
import { counted, t } from "../../text/words.js";
import { call, part } from "../../wire/api.js";
import { openDialog } from "../dialogs.js";
import { Confirm } from "../parts/dialog.js";

/** All of one conversation. @param {import("../../types.js").Message[]} messages */
export function askToHide(messages) {
  openDialog(Confirm, {
    title: counted(messages.length, "Delete this message for you?", "Delete {count} messages for you?"),
    text: t("All your devices stop showing what you delete. Others keep it. This cannot be undone."),
    action: t("Delete"),
    onConfirm: () => void hide(messages[0].conversation, messages.map(({ id }) => id)),
  });
}

/** @param {string} conversation @param {number[]} ids */
async function hide(conversation, ids) {
  try {
    // The server tells this page too.
    await call("POST", `conversations/${part(conversation)}/hide`, { body: { messages: ids } });
  } catch (error) {
    return complain(error);
  }
  say(t("Deleted for you."));
  if (selecting.peek()?.conversation === conversation) stopSelecting();
  focusBefore(ids);
}

/** The focus goes from a message that goes to the one before it. @param {number[]} ids */
function focusBefore(ids) {
  const articles = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("article[data-id]")]);
  const at = articles.findIndex((article) => article.contains(document.activeElement));
  if (at < 0 || !ids.includes(Number(articles[at].dataset.id))) return;
  const stays = (/** @type {HTMLElement} */ { dataset }) => !ids.includes(Number(dataset.id));
  (articles.slice(0, at).findLast(stays) ?? articles.slice(at).find(stays))?.focus();
}
