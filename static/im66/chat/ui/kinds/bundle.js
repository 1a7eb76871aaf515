import { html } from "../../html.js";
import { kindNamed, register } from "../../text/kinds.js";
import { kindInWords, previewOf } from "../../text/previews.js";
import { counted } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { BundleDialog } from "../seldom.js";

const FIRST = 4;

/** Several messages in one: a card with the first of them, which opens all. @param {{ bundle: import("../../types.js").Bundle, meta: any }} props */
function BundleContent({ bundle, meta }) {
  const { title, items } = bundle;
  return html`
    <button class="bundle" aria-haspopup="dialog" onClick=${() => openDialog(BundleDialog, { bundle })}>
      <strong dir="auto">${title}</strong>
      ${items.slice(0, FIRST).map((item, at) => html`<span class="bundle-line" key=${at} dir="auto">${item.nickname || item.from}: ${previewOf(item)}</span>`)}
      <span class="bundle-count">${kindInWords("bundle")} · ${counted(items.length, "1 message", "{count} messages")}</span>
    </button>
    <div class="text">${meta}</div>
  `;
}

/** @param {import("../../text/kinds.js").ShownMessage} message */
const address = (message) => kindNamed(message.kind).address?.(message);

register("bundle", {
  draw: ({ message: { bundle }, meta }) => bundle && html`<${BundleContent} bundle=${bundle} meta=${meta} />`,
  address: ({ bundle }) => bundle?.items.map(address).find(Boolean),
});
