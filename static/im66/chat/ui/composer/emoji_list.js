// Above the box: the emoji and the stickers that are found by what is written after a colon.

import { html } from "../../html.js";
import { emotions, pictureOf } from "../../state/emotions.js";
import { emojiFor, emojiName, finderOf, inBoth } from "../../text/emoji_names.js";
import { nameFor, t } from "../../text/words.js";
import { ChoiceList } from "./choice_list.js";

const MAX_EMOJI = 6;
const MAX_STICKERS = 3;

/** @typedef {import("../../state/emotions.js").Emotion} Emotion */

/**
 * @param {{ q: string, box: HTMLTextAreaElement, onEmoji: (emoji: string) => void, onSticker?: (sticker: { kind: string, content: string }) => void, onClose: () => void }} props
 *   `onSticker`: where one can be sent
 */
export function EmojiList({ q, box, onEmoji, onSticker, onClose }) {
  const stickers = onSticker ? stickersFor(q).slice(0, MAX_STICKERS) : [];
  const choices = [...emojiFor(q).slice(0, MAX_EMOJI), ...stickers];
  const choose = (/** @type {string | Emotion} */ choice) => (typeof choice === "string" ? onEmoji(choice) : onSticker?.({ kind: "emotion", content: choice.code }));
  return html`<${ChoiceList} label=${t("Stickers and emoji")} q=${q} choices=${choices} keyOf=${keyOf} draw=${draw} box=${box} onChoose=${choose} onClose=${onClose} />`;
}

/** @param {string | Emotion} choice */
const keyOf = (choice) => (typeof choice === "string" ? choice : choice.code);

/** @param {string | Emotion} choice */
function draw(choice) {
  if (typeof choice === "string") return html`<span class="choice-face" aria-hidden="true">${choice}</span><bdi>${emojiCalled(choice)}</bdi>`;
  return html`<img class="choice-face" src=${pictureOf(choice)} alt="" /><bdi>${nameFor(choice)}</bdi><small>${t("Sticker")}</small>`;
}

/** @param {string} emoji */
function emojiCalled(emoji) {
  return nameFor(emojiName(emoji));
}

/** @param {string} q */
function stickersFor(q) {
  const isMeant = finderOf(q);
  return emotions.value.filter(({ en, zh }) => isMeant(inBoth(`${en.toLowerCase()} ${zh}`)));
}
