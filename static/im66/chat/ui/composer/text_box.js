// The box itself: it grows with its text.

import { html, useEffect, useLayoutEffect, useState } from "../../html.js";
import { pauseIn } from "../../state/admission.js";
import { welcome } from "../../state/client.js";
import { choose } from "../../state/mentioning.js";
import { isGroup } from "../../text/conversation_ids.js";
import { CommandList, EmojiList, MentionList } from "../seldom.js";
import { insert } from "./caret.js";
import { shown } from "../../state/route.js";
import { t } from "../../text/words.js";
import { hasKeyboard, isComposed, sends } from "./enter.js";

const GROWS_BY_ITSELF = CSS.supports("field-sizing", "content");

/**
 * @param {{ box: { current: HTMLTextAreaElement | null }, writing: import("./use_writing.js").Writing, onSticker?: (sticker: { kind: string, content: string }) => void }} props
 *   `onSticker`: where one can be sent
 */
export function TextBox({ box, writing, onSticker }) {
  const { text, setText, tooLong } = writing;
  const conversation = shown.value ?? "";
  const [completion, setCompletion] = useState(/** @type {Completion | null} */ (null));
  const close = () => setCompletion(null);
  const look = () => setCompletion(box.current && completionIn(box.current, conversation));
  const put = (/** @type {string} */ text) => {
    const here = /** @type {HTMLTextAreaElement} */ (box.current);
    here.setSelectionRange(here.selectionStart - (completion?.q.length ?? 0) - 1, here.selectionStart);
    insert(here, text);
    close();
  };
  const mention = (/** @type {{ name: string, userid: string }} */ { name, userid }) => {
    choose(conversation, `@${name}`, userid);
    put(`@${name} `);
  };
  const command = (/** @type {{ name: string, bot: string }} */ { name, bot }) => {
    choose(conversation, `/${name}`, bot);
    put(`/${name} `);
  };
  const sticker = (/** @type {{ kind: string, content: string }} */ chosen) => {
    put("");
    onSticker?.(chosen);
  };
  const pause = pauseIn(shown.value ?? "");
  useEffect(() => {
    // On a phone the keyboard would cover what one has come to read.
    if (matchMedia("(width >= 720px)").matches) box.current?.focus();
  }, []);
  useLayoutEffect(() => {
    if (!GROWS_BY_ITSELF && box.current) grow(box.current);
  }, [text]);
  return html`
    ${completion?.sign === "@" && html`<${MentionList} conversation=${conversation} q=${completion.q} box=${box.current} onChoose=${mention} onClose=${close} />`}
    ${completion?.sign === "/" && html`<${CommandList} conversation=${conversation} q=${completion.q} box=${box.current} onChoose=${command} onClose=${close} />`}
    ${completion?.sign === ":" && html`<${EmojiList} q=${completion.q} box=${box.current} onEmoji=${put} onSticker=${onSticker && sticker} onClose=${close} />`}
    <textarea
      ref=${box}
      class="composer-box"
      aria-label=${t("Message")}
      placeholder=${pause ? t("Slow mode: one message in {seconds} seconds", { seconds: pause }) : t("Write a message")}
      aria-invalid=${tooLong ? "true" : undefined}
      aria-describedby=${tooLong ? "composer-error" : undefined}
      rows="1"
      dir="auto"
      enterkeyhint=${hasKeyboard() ? "send" : "enter"}
      value=${text}
      onInput=${(/** @type {{ currentTarget: HTMLTextAreaElement }} */ { currentTarget }) => {
        setText(currentTarget.value);
        look();
      }}
      onClick=${look}
      onBlur=${close}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => press(event, writing)}
    />
  `;
}

/** @param {string} conversation */
const canMention = (conversation) => isGroup(conversation) && Boolean(welcome()?.features.includes("mentions"));

/** @typedef {{ sign: "@" | ":" | "/", q: string }} Completion   what is written after the sign before the caret */

// Only a text that begins with it is a command.
const COMMAND = /^\/([\p{L}\p{N}_]{0,32})$/u;
const MENTION = /(?:^|[^\w@])@([^\s@]{0,30})$/;
// After a word, a colon is a colon. One letter may be a face: ":D".
const EMOJI = /(?:^|[\s\p{Extended_Pictographic}\ufe0f])[:：](\p{scx=Han}[^\s:：]{0,9}|[^\s:：]{2,20})$/u;

/** @param {HTMLTextAreaElement} box @param {string} conversation @returns {Completion | null} */
function completionIn({ value, selectionStart }, conversation) {
  const before = value.slice(Math.max(0, selectionStart - 40), selectionStart);
  const mention = canMention(conversation) ? MENTION.exec(before) : null;
  if (mention) return { sign: "@", q: mention[1] };
  const command = welcome()?.features.includes("grow") ? COMMAND.exec(before) : null;
  if (command) return { sign: "/", q: command[1] };
  const emoji = EMOJI.exec(before);
  return emoji && { sign: ":", q: emoji[1] };
}

/** @param {KeyboardEvent} event @param {import("./use_writing.js").Writing} writing */
function press(event, writing) {
  if (isComposed(event)) return;
  /** @type {Record<string, (() => void) | false | undefined>} */
  const keys = {
    Enter: sends(event) && writing.send,
    Escape: writing.cancel,
    ArrowUp: !writing.text && writing.editLast,
  };
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

/** @param {HTMLTextAreaElement} box */
function grow(box) {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight}px`;
}
