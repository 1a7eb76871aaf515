// What there is to know and to do about a conversation.

import { html, useRef } from "../../html.js";
import { isPanelOpen } from "../../state/panel.js";
import { isGroup, peerOf } from "../../text/conversation_ids.js";
import { t } from "../../text/words.js";
import { useFocusBack } from "../parts/focus.js";
import { Icon } from "../parts/icon.js";
import { GroupPanel } from "./group_panel.js";
import { PersonPanel } from "./person_panel.js";

/** @param {{ conversation: string }} props */
export function Panel({ conversation }) {
  const panel = useRef(/** @type {HTMLElement | null} */ (null));
  useFocusBack(panel);
  const close = () => (isPanelOpen.value = false);
  const peer = peerOf(conversation);
  return html`
    <aside class="panel" ref=${panel} aria-label=${t("About this conversation")} onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === "Escape" && close()}>
      <header class="panel-head">
        <h2>${isGroup(conversation) ? t("Group") : t("Details")}</h2>
        <button class="icon-button" aria-label=${t("Close the panel")} onClick=${close}><${Icon} name="close" /></button>
      </header>
      ${isGroup(conversation) ? html`<${GroupPanel} id=${peer} key=${peer} />` : html`<${PersonPanel} userid=${peer} key=${peer} />`}
    </aside>
  `;
}
