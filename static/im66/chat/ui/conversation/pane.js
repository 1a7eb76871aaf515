// One conversation: its head, its messages, what one writes with, and the panel about it.

import { html, useEffect, useRef } from "../../html.js";
import { isPanelOpen, isSearching, leaveConversation } from "../../state/panel.js";
import { selecting, stopSelecting } from "../../state/selecting.js";
import { timelineOf } from "../../state/timelines.js";
import { Composer } from "../composer/composer.js";
import { Stream } from "../stream/stream.js";
import { ConversationHead } from "./head.js";
import { isGroup, peerOf } from "../../text/conversation_ids.js";
import { t } from "../../text/words.js";
import { Icon } from "../parts/icon.js";
import { useFocusBack } from "../parts/focus.js";
import { GroupPanel, NoticeBar, PersonPanel, PinBar, SearchBar, SelectBar, StrangerBar } from "../seldom.js";
import { link } from "../../state/client.js";
import { conversations } from "../../state/conversations.js";
import { group } from "../../state/groups.js";
import { loadPins, pinsOf } from "../../state/pins.js";

/** @param {{ conversation: string }} props */
export function ConversationPane({ conversation }) {
  const timeline = timelineOf(conversation);
  useEffect(() => void timeline.open(), [timeline]);
  useEffect(() => leaveConversation, []);
  useEffect(() => stopSelecting, []);
  if (timeline.state.value === "absent") return html`<${Absent} conversation=${conversation} />`;
  return html`
    <div class="pane-and-panel" data-panel=${isPanelOpen.value ? "open" : undefined}>
      <section class="pane">
        <div>
          <${ConversationHead} conversation=${conversation} />
          ${isSearching.value && html`<${SearchBar} conversation=${conversation} />`}
          <${Above} conversation=${conversation} />
        </div>
        <${Stream} timeline=${timeline} />
        ${selecting.value?.conversation === conversation ? html`<${SelectBar} />` : html`<${Composer} conversation=${conversation} />`}
      </section>
      ${isPanelOpen.value && html`<${Panel} conversation=${conversation} />`}
    </div>
  `;
}

/** In place of a conversation that the user does not have. @param {{ conversation: string }} props */
function Absent({ conversation }) {
  const why = isGroup(conversation)
    ? t("There is no such group, or you are not in it.")
    : t("There is no such person.");
  return html`
    <section class="absent">
      <${Icon} name=${isGroup(conversation) ? "group" : "person"} />
      <p>${why}</p>
      <a class="button" href="#/">${t("Back to the conversations")}</a>
    </section>
  `;
}

/** What there is to know and to do about a conversation. @param {{ conversation: string }} props */
function Panel({ conversation }) {
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

/** What stands above the messages: that they are a stranger's, a notice that is to be confirmed, and what is pinned. @param {{ conversation: string }} props */
function Above({ conversation }) {
  const pins = pinsOf(conversation).value;
  const isUp = link().state === "open";
  // What was pinned while there was no line is told to nobody here.
  useEffect(() => void (isUp && loadPins(conversation)), [conversation, isUp]);
  const about = isGroup(conversation) ? group(peerOf(conversation)).value?.group : undefined;
  return html`
    ${conversations.value.get(conversation)?.request && html`<${StrangerBar} conversation=${conversation} />`}
    ${about?.confirm && !about.confirmed && html`<${NoticeBar} key=${about.notice_id} about=${about} />`}
    ${pins.length > 0 && html`<${PinBar} key=${conversation} conversation=${conversation} pins=${pins} />`}
  `;
}
