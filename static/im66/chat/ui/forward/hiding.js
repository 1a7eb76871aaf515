// Deletes messages for the user alone.

import { welcome } from "../../state/client.js";
import { selecting, stopSelecting } from "../../state/selecting.js";
import { complain, explained, say } from "../../state/toasts.js";
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
  const next = nextTo(ids);
  try {
    // The server tells this page too.
    await call("POST", `conversations/${part(conversation)}/hide`, { body: { messages: ids } });
  } catch (error) {
    return complain(error);
  }
  const canUndo = welcome()?.features.includes("unhide");
  say(t("Deleted for you."), canUndo ? { undo: () => void unhide(conversation, ids) } : {});
  if (selecting.peek()?.conversation === conversation) stopSelecting();
  focusFrom(ids, next);
}

/** @param {string} conversation @param {number[]} ids */
async function unhide(conversation, ids) {
  try {
    await call("POST", `conversations/${part(conversation)}/unhide`, { body: { messages: ids } });
    say(t("Restored."));
  } catch (error) {
    say(explained(error), { isError: true, undo: () => void unhide(conversation, ids) });
  }
  focusIfLost(() => articles().at(-1) ?? null);
}

const articles = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll("article[data-id]")]);

/** The message before these, or else the one after them. @param {number[]} ids */
function nextTo(ids) {
  const all = articles();
  const isOne = (/** @type {HTMLElement} */ { dataset }) => ids.includes(Number(dataset.id));
  const stays = (/** @type {HTMLElement} */ article) => !isOne(article);
  const at = Math.max(0, all.findIndex(isOne));
  return all.slice(0, at).findLast(stays) ?? all.slice(at).find(stays);
}

/** The focus goes there from a message that goes, or has gone. @param {number[]} ids @param {HTMLElement | undefined} next */
const focusFrom = (ids, next) =>
  requestAnimationFrame(() => {
    const here = document.activeElement?.closest("article[data-id]");
    const isGoing = here instanceof HTMLElement && ids.includes(Number(here.dataset.id));
    if (isGoing || document.activeElement === document.body) next?.focus();
  });
