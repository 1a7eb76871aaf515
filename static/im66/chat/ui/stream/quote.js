// What a message replies to.

import { html, useComputed } from "../../html.js";
import { nameIn } from "../../state/groups.js";
import { show } from "../../state/route.js";
import { me } from "../../state/session.js";
import { previewOf } from "../../text/previews.js";
import { t } from "../../text/words.js";

/** @param {{ id: number, timeline: import("../../state/timeline.js").Timeline }} props */
export function Quote({ id, timeline }) {
  const quoted = useComputed(() => timeline.message(id)).value;
  if (!quoted) return html`<p class="quote">${quoted === null ? t("A message that is no longer there") : "…"}</p>`;
  const name = quoted.from === me.value ? t("You") : nameIn(timeline.conversation, quoted.from);
  return html`
    <button class="quote" onClick=${() => show(timeline.conversation, id)}>
      <span class="visually-hidden">${t("Reply to")}</span>
      <span class="quote-name" dir="auto">${name}</span>
      <span class="quote-text" dir="auto">${previewOf(quoted)}</span>
    </button>
  `;
}
