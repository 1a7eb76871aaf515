// The user's conversations: all of them, or those whose titles have what is searched for.

import { html, useSignal, useState } from "../../html.js";
import { archived, load, loading, ordered } from "../../state/conversations.js";
import { shown } from "../../state/route.js";
import { foundConversations, query } from "../../state/searching.js";
import { t } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { Icon } from "../parts/icon.js";
import { ConversationRow } from "./conversation_row.js";
import { NewChatDialog } from "./new_chat.js";
import { RowMenu } from "./row_menu.js";

/** @typedef {{ id: string, x: number, y: number }} MenuPlace */

export function ConversationList() {
  const isArchive = useSignal(false);
  const [place, openMenu] = useState(/** @type {MenuPlace | null} */ (null));
  const [focused, setFocused] = useState("");
  const isSearching = Boolean(query.value.trim());
  if (isArchive.value && archived.value.length === 0) isArchive.value = false;
  const all = isArchive.value && !isSearching ? archived.value : foundConversations.value;
  // One of them is reached by Tab, the others from there by the arrow keys.
  const reached = [focused, shown.value].find((id) => all.some((one) => one.id === id)) ?? all[0]?.id;
  return html`
    <nav aria-label=${t("Conversations")}>
      ${!isSearching && archived.value.length > 0 && html`<${ArchiveButton} isArchive=${isArchive} />`}
      ${all.length > 0 &&
      html`
        <ul class="rows">
          ${all.map((one) => html`<${ConversationRow} key=${one.id} conversation=${one} isShown=${one.id === shown.value} isReached=${one.id === reached} onFocus=${setFocused} onMenu=${openMenu} />`)}
        </ul>
      `}
      ${!isSearching && html`<${Instead} />`}
    </nav>
    ${place && html`<${RowMenu} ...${place} onClose=${() => openMenu(null)} />`}
  `;
}

/** To the archived conversations and back. @param {{ isArchive: import("../../../vendor/signals.js").Signal<boolean> }} props */
function ArchiveButton({ isArchive }) {
  const count = archived.value.length;
  const toggle = () => (isArchive.value = !isArchive.value);
  return html`
    <button class="row-archive" onClick=${toggle} aria-expanded=${String(isArchive.value)}>
      <${Icon} name=${isArchive.value ? "back" : "archive"} />
      <span>${isArchive.value ? t("All conversations") : t("Archived ({count})", { count })}</span>
    </button>
  `;
}

/** What there is to see where there are no conversations, or not all of them. */
function Instead() {
  if (loading.value === "loading") return html`<${Loading} />`;
  const retry = () => {
    loading.value = "loading";
    void load();
  };
  // Single ones may be known all the same.
  if (loading.value === "failed") {
    return html`<${Nothing} text=${t("The conversations could not be loaded.")} action=${t("Try again")} onAct=${retry} />`;
  }
  if (ordered.value.length > 0) return null;
  return html`<${Nothing} text=${t("No conversations yet. Write to somebody, or make a group.")} action=${t("Start a chat")} onAct=${() => openDialog(NewChatDialog)} />`;
}

/** @param {{ text: string, action: string, onAct: () => void }} props */
function Nothing({ text, action, onAct }) {
  return html`
    <div class="rows-nothing">
      <p>${text}</p>
      <button class="button primary" onClick=${onAct}>${action}</button>
    </div>
  `;
}

function Loading() {
  return html`
    <div class="rows-loading" role="status">
      <span class="visually-hidden">${t("Loading the conversations")}</span>
      ${[1, 2, 3, 4, 5].map((one) => html`<div key=${one} class="row-ghost"><span /><span /></div>`)}
    </div>
  `;
}
