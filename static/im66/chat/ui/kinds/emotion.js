import { html } from "../../html.js";
import { emotionOf, pictureOf } from "../../state/emotions.js";
import { register } from "../../text/kinds.js";
import { kindInWords } from "../../text/previews.js";
import { nameFor } from "../../text/words.js";

/** @param {string} code */
function sticker(code) {
  const emotion = emotionOf(code);
  return emotion && { src: pictureOf(emotion), name: nameFor(emotion) };
}

/** An emotion; one that is not known is shown as the text that it is. @param {{ code: string, meta: any }} props */
function EmotionContent({ code, meta }) {
  const emotion = sticker(code);
  if (!emotion) return html`<div class="text"><span class="text-said">${kindInWords("emotion")} ${code}</span>${meta}</div>`;
  const { src, name } = emotion;
  return html`<img class="emotion" src=${src} alt=${name} title=${name} width="96" height="96" draggable=${false} />${meta}`;
}

register("emotion", {
  draw: ({ message, meta }) => html`<${EmotionContent} code=${message.content} meta=${meta} />`,
  sticker,
});
