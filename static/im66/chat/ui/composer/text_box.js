// The box itself: it grows with its text.

import { html, useEffect, useLayoutEffect, useState } from "../../html.js";
import { pauseIn } from "../../state/admission.js";
import { welcome } from "../../state/client.js";
import { choose } from "../../state/mentioning.js";
import { isGroup } from "../../text/conversation_ids.js";
import { MentionList } from "../seldom.js";
import { insert } from "./caret.js";
import { shown } from "../../state/route.js";
import { t } from "../../text/words.js";
import { hasKeyboard, isComposed, sends } from "./enter.js";

const GROWS_BY_ITSELF = CSS.supports("field-sizing", "content");

/**
 * @param {{ box: { current: HTMLTextAreaElement | null }, writing: import("./use_writing.js").Writing }} props
 */
export function TextBox({ box, writing }) {
  const { text, setText, tooLong } = writing;
  const conversation = shown.value ?? "";
  const [q, setQ] = useState(/** @type {string | null} */ (null));
  const look = () => setQ(box.current && canMention(conversation) ? asked(box.current) : null);
  const mention = (/** @type {{ name: string, userid: string }} */ { name, userid }) => {
    const here = /** @type {HTMLTextAreaElement} */ (box.current);
    choose(conversation, name, userid);
    here.setSelectionRange(here.selectionStart - (q ?? "").length, here.selectionStart);
    insert(here, `${name} `);
    setQ(null);
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
    ${q !== null && box.current && html`<${MentionList} conversation=${conversation} q=${q} box=${box.current} onChoose=${mention} onClose=${() => setQ(null)} />`}
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
      onBlur=${() => setQ(null)}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => press(event, writing)}
    />
  `;
}

/** @param {string} conversation */
const canMention = (conversation) => isGroup(conversation) && Boolean(welcome()?.features.includes("mentions"));

/** What is written after an @ before the caret; null if there is none. @param {HTMLTextAreaElement} box */
const asked = ({ value, selectionStart }) => /(?:^|[^\w@])@([^\s@]{0,30})$/.exec(value.slice(Math.max(0, selectionStart - 40), selectionStart))?.[1] ?? null;

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
