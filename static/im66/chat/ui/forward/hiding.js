// Deletes messages for the user alone.

import { welcome } from "../../state/client.js";
import { selecting, stopSelecting } from "../../state/selecting.js";
import { complain, say } from "../../state/toasts.js";
import { counted, t } from "../../text/words.js";
import { call, part } from "../../wire/api.js";
import { openDialog } from "../dialogs.js";
import { Confirm } from "../parts/dialog.js";
import { focusIfLost } from "../parts/focus.js";

/** All of one conversation. @param {import("../../types.js").Message[]} messages */
export function askToHide(messages) {
  openDialog(Confirm, {
    title: counted(messages.length, "Delete this message for you?", "Delete {count} messages for you?"),
    text: t("All your devices stop showing what you delete. Others keep it."),
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
  const canUndo = welcome()?.features.includes("unhide");
  say(t("Deleted for you."), { undo: canUndo ? () => void unhide(conversation, ids) : undefined });
  if (selecting.peek()?.conversation === conversation) stopSelecting();
  focusBefore(ids);
}

/** @param {string} conversation @param {number[]} ids */
async function unhide(conversation, ids) {
  try {
    await call("POST", `conversations/${part(conversation)}/unhide`, { body: { messages: ids } });
    say(t("Restored."));
  } catch (error) {
    complain(error);
  }
  focusIfLost(() => articles().at(-1) ?? null);
}

const articles = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll("article[data-id]")]);

/** The focus goes from a message that goes to the one before it. @param {number[]} ids */
function focusBefore(ids) {
  const all = articles();
  const at = all.findIndex((article) => article.contains(document.activeElement));
  if (at < 0 || !ids.includes(Number(all[at].dataset.id))) return;
  const stays = (/** @type {HTMLElement} */ { dataset }) => !ids.includes(Number(dataset.id));
  (all.slice(0, at).findLast(stays) ?? all.slice(at).find(stays))?.focus();
}
