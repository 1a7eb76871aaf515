// Short words about what has just happened, which go by themselves.

import { computed, signal } from "../../vendor/signals.js";
import { t } from "../text/words.js";

const SECONDS = 6;
const SECONDS_TO_ACT = 12;
let last = 0;

/** @typedef {{ id: number, text: string, isError: boolean, undo?: () => void }} Toast */

/** @type {import("../../vendor/signals.js").Signal<Toast[]>} */
export const toasts = signal([]);

/** @param {string} text   in the user's language @param {{ isError?: boolean, undo?: () => void }} [more] */
export function say(text, { isError = false, undo } = {}) {
  const id = ++last;
  toasts.value = [...toasts.value.filter((one) => one.text !== text), { id, text, isError, undo }];
  setTimeout(() => leave(id), (undo ? SECONDS_TO_ACT : SECONDS) * 1000);
}

/** It stays while its button has the focus. @param {number} id */
function leave(id) {
  if (document.activeElement?.closest(".toasts")) setTimeout(() => leave(id), 1000);
  else dismiss(id);
}

const undoable = computed(() => toasts.value.findLast(({ undo }) => undo));
/** Whether that is offered. */
export const canUndo = computed(() => undoable.value !== undefined);

/** Undo what was done last. */
export function undoLast() {
  const current = undoable.peek();
  if (!current) return;
  dismiss(current.id);
  current.undo?.();
}

/** @param {number} id */
export function dismiss(id) {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

/** Say what went wrong. @param {unknown} error */
export const complain = (error) => say(explained(error), { isError: true });

/** What went wrong, in the user's language. @param {unknown} error */
export function explained(error) {
  const { name, message, retry = 0, why = "" } = /** @type {import("../../client/failure.js").Failure} */ (error);
  switch (why || name) {
    case "disconnected":
      return t("The server cannot be reached. Try again later.");
    case "too_fast":
      return t("Too fast. Try again in {seconds} seconds.", { seconds: Math.max(1, Math.ceil(retry)) });
    case "try_again":
      return t("The server is busy. Try again in a moment.");
    case "muted":
      return t("A moderator has muted you.");
    case "banned":
      return t("This account is locked.");
    case "blocked":
      return t("You can't message this person.");
    case "unwanted":
      return t("This person doesn't accept messages from you.");
    case "not_allowed":
      return t("You may not do this.");
    case "not_found":
      return t("It is no longer there.");
    case "too_long":
      return t("It is too large.");
    default:
      return message || t("Something went wrong.");
  }
}
