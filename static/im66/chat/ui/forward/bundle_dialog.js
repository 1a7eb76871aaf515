// What a bundle holds: messages of another conversation, as they were.

import { config } from "../../config.js";
import { html } from "../../html.js";
import { language } from "../../state/preferences.js";
import { fileAt } from "../../text/media_urls.js";
import { kindInWords } from "../../text/previews.js";
import { moment } from "../../text/times.js";
import { Dialog } from "../parts/dialog.js";
import { EmotionContent } from "../stream/kinds/emotion.js";
import { LinkedText, SaidText } from "../stream/kinds/text.js";

/** @typedef {import("../../types.js").Bundle} Bundle */

/** @param {{ bundle: Bundle, onClose: () => void }} props */
export function BundleDialog({ bundle, onClose }) {
  return html`
    <${Dialog} title=${bundle.title} onClose=${onClose} class="bundle-dialog">
      <ol class="bundle-items" tabindex="0" data-focus="true">
        ${bundle.items.map(
          (item, at) => html`
            <li key=${at}>
              <p class="bundle-head"><bdi>${item.nickname || item.from}</bdi> <time>${moment(item.time, language.value)}</time></p>
              <div class="bundle-said" dir="auto"><${Said} item=${item} /></div>
            </li>
          `,
        )}
      </ol>
    <//>
  `;
}

/** @param {{ item: Bundle["items"][number] }} props */
function Said({ item: { kind, content } }) {
  if (kind === "emotion") return html`<${EmotionContent} code=${content} meta=${null} />`;
  const url = fileAt(content, location.origin, config.urls.media);
  if (kind === "text") return html`<${SaidText} text=${content} />`;
  if (!url) return html`<${LinkedText} text=${`${kindInWords(kind)} ${content}`} />`;
  if (kind === "picture") return html`<a href=${url} target="_blank" rel="noopener noreferrer"><img class="bundle-picture" src=${url} alt=${kindInWords(kind)} loading="lazy" decoding="async" /></a>`;
  return html`<a href=${url} target="_blank" rel="noopener noreferrer">${kindInWords(kind)}</a>`;
}
