// What people are told when the server lets them in no longer, and what they can do.

import { whyEnded } from "../../state/away.js";
import { leave, logInAgain } from "../../state/leaving.js";
import { language } from "../../state/preferences.js";
import { ending } from "../../text/times.js";
import { betweenSentences, t } from "../../text/words.js";
import { LOCKED, TOO_MANY } from "../../../client/close_codes.js";

// The server's own words, if the moderator had none.
const UNSAID = "this account is locked";

/**
 * @typedef {{ title: string, text: string, action: string, act: () => void }} Ending
 *
 * @param {number} code   of the close
 * @returns {Ending}
 */
export function endingOf(code) {
  if (code === LOCKED) return locked();
  if (code === TOO_MANY) return tooMany();
  return unproven();
}

/** @returns {Ending} */
const locked = () => ({
  title: t("This account is locked"),
  text: withReason([t("A moderator has locked it. Contact the people who run this server."), untilWhen()].filter(Boolean).join(betweenSentences()), reason()),
  action: leaveWord(),
  act: leave,
});

function untilWhen() {
  const until = whyEnded.value?.until;
  return until ? t("It is locked until {time}.", { time: ending(until, language.value) }) : "";
}

function reason() {
  const stated = whyEnded.value?.reason;
  return stated && stated !== UNSAID ? stated : "";
}

/** @param {string} sentence @param {string} reason   as the moderator gave it, or empty */
export const withReason = (sentence, reason) => (reason ? [sentence, t("Reason: {reason}", { reason })].join(betweenSentences()) : sentence);

/** @returns {Ending} */
const tooMany = () => ({
  title: t("Too many connections"),
  text: t("This account is in use in too many places. Close some of them, then try again."),
  action: t("Try again"),
  act: () => location.reload(),
});

/** @returns {Ending} */
const unproven = () => ({
  title: t("You are signed out"),
  text: t("Sign in again to continue. Unsent messages are kept."),
  action: t("Sign in again"),
  act: logInAgain,
});

export const leaveWord = () => (t("Sign out"));
