// Which actions a message offers to its reader.

import { recall } from "../../../state/amending.js";
import { welcome } from "../../../state/client.js";
import { edit, reply } from "../../../state/composing.js";
import { conversations } from "../../../state/conversations.js";
import { nameOf } from "../../../state/people.js";
import { me } from "../../../state/session.js";
import { complain } from "../../../state/toasts.js";
import { t } from "../../../text/words.js";
import { openDialog } from "../../dialogs.js";
import { askToBlock } from "../../panel/person_panel.js";
import { Confirm } from "../../parts/dialog.js";
import { focusIfLost } from "../../parts/focus.js";
import { askToReportMessage } from "../../reporting/report_dialog.js";
import { copy } from "./copy.js";

/** @typedef {import("../../../types.js").Message} Message */
/** @typedef {import("../../parts/menu.js").Entry} Entry */

/** @param {Message} message @returns {Entry[]} */
export function entriesFor(message) {
  const { conversation, content = "", kind, from } = message;
  const isOwn = from === me.value;
  const isText = kind === "text";
  const isFresh = Date.now() / 1000 - message.time < (welcome()?.limits.recall ?? 0);
  const rules = ["owner", "admin"].includes(conversations.value.get(conversation)?.role ?? "");
  /** @type {[boolean, Entry][]} */
  const all = [
    [true, { label: t("Reply"), icon: "reply", onChoose: () => reply(conversation, message) }],
    [isText, { label: t("Copy"), icon: "copy", onChoose: () => void copy(content) }],
    [isOwn && isText && isFresh, { label: t("Edit"), icon: "edit", onChoose: () => edit(conversation, message) }],
    [(isOwn && isFresh) || rules, { label: t("Recall"), icon: "undo", isDangerous: !isOwn, onChoose: () => takeBack(message) }],
    [!isOwn, { label: t("Report…"), icon: "flag", isDangerous: true, onChoose: () => askToReportMessage(message.id) }],
    [!isOwn, { label: t("Block sender"), icon: "block", isDangerous: true, onChoose: () => askToBlock(from, nameOf(from)) }],
  ];
  return all.filter(([isOffered]) => isOffered).map(([, entry]) => entry);
}

/** @param {Message} message */
function takeBack(message) {
  const doIt = () => recall(message).then(() => focusIfLost(() => lineOf(message))).catch(complain);
  if (message.from === me.value) return void doIt();
  openDialog(Confirm, {
    title: t("Recall this message?"),
    text: t("It disappears for everybody in the group."),
    action: t("Recall"),
    onConfirm: doIt,
  });
}

/** What stands in its place. @param {Message} message @returns {HTMLElement | null} */
const lineOf = ({ id }) => document.querySelector(`article[data-id="${id}"]`);
