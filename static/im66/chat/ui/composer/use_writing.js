// What is in the box: the conversation's draft, or another text for the message that is edited; and how it is sent.

import { useEffect, useState, useCallback, useRef } from "../../html.js";
import * as amending from "../../state/amending.js";
import { client, welcome, ask, link } from "../../state/client.js";
import { cancel, composing, edit, suggested } from "../../state/composing.js";
import { drafts, keepDraft } from "../../state/drafts.js";
import { complain } from "../../state/toasts.js";
import { bytesOf, isLonger, sizeOf } from "../../text/bytes.js";
import { kindNamed } from "../../text/kinds.js";
import { t } from "../../text/words.js";
import { toEnd } from "./caret.js";
import { mentionsIn } from "../../state/mentioning.js";
import { me } from "../../state/session.js";
import { opened } from "../../state/timelines.js";

/** @typedef {import("../../types.js").Message} Message */

const TYPING_EVERY_SECONDS = 3;
const NOTHING_WRITTEN = { id: 0, text: "" };

/**
 * @typedef {object} Writing
 * @property {string} text
 * @property {(text: string) => void} setText
 * @property {string} tooLong   what to say of a text that is too long to be sent; empty for others
 * @property {() => void} send
 * @property {(() => void) | undefined} cancel   the edit or the reply, if it is one
 * @property {() => void} editLast
 */

/**
 * @param {string} conversation
 * @param {{ current: HTMLTextAreaElement | null }} box
 * @returns {Writing}
 */
export function useWriting(conversation, box) {
  const doing = composing.value.get(conversation);
  const edited = doing?.mode === "edit" ? doing.message : null;
  const [other, setOther] = useOtherText(edited, box);
  const notifyTyping = useTyping(conversation);
  useSuggested(conversation, box);

  const text = edited ? other : (drafts.value.get(conversation) ?? "");
  const tooLong = lengthNote(text);
  const setText = (/** @type {string} */ next) => {
    if (edited) return setOther(next);
    keepDraft(conversation, next);
    if (next.trim()) notifyTyping();
  };
  const send = () => {
    const content = trimmed(text);
    if (!content || tooLong) return;
    if (edited) return void change(edited, content);
    client.value?.outbox.add({ to: conversation, kind: "text", content, reply: doing?.message.id, mentions: mentionsIn(conversation, content) });
    keepDraft(conversation, "");
    cancel(conversation);
  };
  const editLast = () => {
    const last = lastEditable(conversation);
    if (last) edit(conversation, last);
  };
  return { text, setText, tooLong, send, cancel: doing && (() => cancel(conversation)), editLast };
}

/** @param {Message} message @param {string} content */
async function change(message, content) {
  try {
    if (content !== message.content) await amending.edit(message, content);
    if (composing.value.get(message.conversation)?.message.id === message.id) cancel(message.conversation);
  } catch (error) {
    complain(error);
  }
}

/**
 * The text that an edited message is to have: at first, the one it has.
 *
 * @param {Message | null} edited
 * @param {{ current: HTMLTextAreaElement | null }} box
 * @returns {[string, (text: string) => void]}
 */
function useOtherText(edited, box) {
  const [written, setWritten] = useState(NOTHING_WRITTEN);
  useEffect(() => {
    // What was given up is not offered the next time.
    if (!edited) setWritten(NOTHING_WRITTEN);
    else if (box.current) toEnd(box.current);
  }, [edited?.id]);
  const text = written.id === edited?.id ? written.text : (edited?.content ?? "");
  return [text, (next) => setWritten({ id: edited?.id ?? 0, text: next })];
}

/** @param {string} conversation @param {{ current: HTMLTextAreaElement | null }} box */
function useSuggested(conversation, box) {
  const suggestion = suggested.value;
  useEffect(() => {
    if (suggestion?.conversation !== conversation) return;
    suggested.value = null;
    keepDraft(conversation, suggestion.text);
    box.current?.focus();
  }, [suggestion]);
}

/** What to say of a text that is too long to be sent; empty for others. @param {string} text */
export function lengthNote(text) {
  const most = welcome()?.limits.text;
  if (!most || !isLonger(text, most)) return "";
  return t("This text has {size}. At most {most} can be sent at once.", { size: sizeOf(bytesOf(text)), most: sizeOf(most) });
}

/** Without blank lines before it and blanks after it. @param {string} text */
export const trimmed = (text) => text.replace(/^(\s*\n)+/, "").trimEnd();

/** One's own last text in the conversation, if it may still be edited. @param {string} conversation */
function lastEditable(conversation) {
  const since = Date.now() / 1000 - (welcome()?.limits.recall ?? 0);
  const items = opened(conversation)?.items.value ?? [];
  const last = items.findLast((item) => "from" in item && isOwnText(item));
  return last && last.time > since ? /** @type {Message} */ (last) : null;
}

/** @param {Message} message */
const isOwnText = ({ from, kind, recalled, forwarded }) => from === me.value && kindNamed(kind).isText && !recalled && !forwarded;

/** Tells others that one is writing. What to call whenever something is written; most calls do nothing. @param {string} conversation */
function useTyping(conversation) {
  const notifiedAt = useRef(-Infinity);
  return useCallback(() => {
    const now = performance.now();
    if (now - notifiedAt.current < TYPING_EVERY_SECONDS * 1000 || link().state !== "open") return;
    notifiedAt.current = now;
    // It may be dropped at any time, so a failure is none.
    ask({ cmd: "typing", to: conversation }).catch(() => undefined);
  }, [conversation]);
}
