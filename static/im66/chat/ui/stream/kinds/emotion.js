import { html } from "../../../html.js";
import { emotionOf, pictureOf } from "../../../state/emotions.js";
import { kindInWords } from "../../../text/previews.js";
import { nameFor } from "../../../text/words.js";

/** An emotion; one that is not known is shown as the text that it is. @param {{ code: string, meta: any }} props */
export function EmotionContent({ code, meta }) {
  const found = emotionOf(code);
  if (!found) return html`<div class="text"><span class="text-said">${kindInWords("emotion")} ${code}</span>${meta}</div>`;
  const name = nameFor(found);
  return html`<img class="emotion" src=${pictureOf(found)} alt=${name} title=${name} width="96" height="96" draggable=${false} />${meta}`;
}
