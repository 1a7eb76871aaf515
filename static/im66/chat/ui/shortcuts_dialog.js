// The table that tells of all keys.

import { html } from "../html.js";
import { t } from "../text/words.js";
import { Dialog } from "./parts/dialog.js";

const isApple = /mac|iphone|ipad/i.test(navigator.platform);
/** @type {Record<string, string>} */
const APPLE = { Ctrl: "⌘", Alt: "⌥", Shift: "⇧" };

/** What can be done by keyboard. @param {{ groups: import("./shortcuts.js").ShortcutGroup[], onClose: () => void }} props */
export function ShortcutsDialog({ groups, onClose }) {
  return html`
    <${Dialog} title=${t("Keyboard shortcuts")} onClose=${onClose} class="shortcuts">
      ${groups.map(
        ({ title, shortcuts }) => html`
          <section key=${title}>
            <h3>${title()}</h3>
            <dl>
              ${shortcuts.map(
                ({ what, keys }) => html`
                  <div key=${what} class="shortcut">
                    <dt>${what()}</dt>
                    <dd>${keys.map((way) => html`<span class="shortcut-way">${way.map((key) => html`<kbd>${shownKey(key)}</kbd>`)}</span>`)}</dd>
                  </div>
                `,
              )}
            </dl>
          </section>
        `,
      )}
    <//>
  `;
}

/** @param {string} key */
const shownKey = (key) => (isApple ? (APPLE[key] ?? key) : key);
