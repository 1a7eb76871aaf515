// The list of conversations, with what stands above it: oneself, and the search.

import { html, useCallback, useRef } from "../../html.js";
import { query } from "../../state/searching.js";
import { t } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { Icon } from "../parts/icon.js";
import { ConversationList } from "./conversation_list.js";
import { NewChatDialog } from "./new_chat.js";
import { OwnMenu } from "./own_menu.js";
import { SearchField } from "./search_field.js";
import { SearchResults } from "./search_results.js";
import { moveAmongRows } from "./rows.js";

export function Sidebar() {
  const rows = useRef(/** @type {HTMLElement | null} */ (null));
  const enter = useCallback(() => rows.current?.querySelector("a")?.focus(), []);
  return html`
    <div class="sidebar">
      <header class="sidebar-head">
        <${OwnMenu} />
        <button class="icon-button new-chat-button" aria-label=${t("New chat")} title=${t("New chat")} onClick=${() => openDialog(NewChatDialog)}><${Icon} name="newChat" /></button>
      </header>
      <${SearchField} onEnter=${enter} />
      <div class="sidebar-rows" ref=${rows} onKeyDown=${moveAmongRows}>
        <${ConversationList} />
        ${query.value.trim() && html`<${SearchResults} />`}
      </div>
    </div>
  `;
}
