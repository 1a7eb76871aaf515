// The list of conversations, with what stands above it: oneself, and the search.

import { html, useCallback, useRef } from "../../html.js";
import { query } from "../../state/searching.js";
import { t } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { Icon } from "../parts/icon.js";
import { ConversationList } from "./conversation_list.js";
import { NewChatDialog } from "../seldom.js";
import { OwnMenu } from "./own_menu.js";
import { SearchResults } from "../seldom.js";
import { SearchField } from "./search_field.js";

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

/** Moving among the rows of the list and of what was found, with the arrow keys. @param {KeyboardEvent} event   in an element that holds the rows: each is a link */
function moveAmongRows(event) {
  const rows = /** @type {HTMLElement[]} */ ([.../** @type {HTMLElement} */ (event.currentTarget).querySelectorAll("a")]);
  const at = rows.findIndex((row) => row.parentElement?.contains(document.activeElement));
  const to = target(event.key, at, rows.length);
  if (at < 0 || to === undefined || event.altKey) return;
  event.preventDefault();
  rows[to]?.focus();
}

/** @param {string} key @param {number} at @param {number} count */
function target(key, at, count) {
  switch (key) {
    case "ArrowDown":
      return Math.min(at + 1, count - 1);
    case "ArrowUp":
      return Math.max(at - 1, 0);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}
