// What a bundle holds: messages of another conversation, as they were.

import { html } from "../../html.js";
import { language } from "../../state/preferences.js";
import { moment } from "../../text/times.js";
import { Dialog } from "../parts/dialog.js";
import { Content } from "../kinds/content.js";

/** @typedef {import("../../types.js").Bundle} Bundle */

const NOWHERE = { conversation: "" };

/** @param {{ bundle: Bundle, onClose: () => void }} props */
export function BundleDialog({ bundle, onClose }) {
  return html`
    <${Dialog} title=${bundle.title} onClose=${onClose} class="bundle-dialog">
      <ol class="bundle-items" tabindex="0" data-focus="true">
        ${bundle.items.map(
          (item, at) => html`
            <li key=${at}>
              <p class="bundle-head"><bdi>${item.nickname || item.from}</bdi> <time>${moment(item.time, language.value)}</time></p>
              <div class="bundle-said" dir="auto"><${Content} message=${item} timeline=${NOWHERE} /></div>
            </li>
          `,
        )}
      </ol>
    <//>
  `;
}
