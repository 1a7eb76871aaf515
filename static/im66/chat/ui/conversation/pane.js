// One conversation: its head, its messages, what one writes with, and the panel about it.

import { html, useEffect } from "../../html.js";
import { isPanelOpen, isSearching, leaveConversation } from "../../state/panel.js";
import { timelineOf } from "../../state/timelines.js";
import { Composer } from "../composer/composer.js";
import { Panel } from "../panel/panel.js";
import { Stream } from "../stream/stream.js";
import { Absent } from "./absent.js";
import { ConversationHead } from "./head.js";
import { SearchBar } from "./search_bar.js";

/** @param {{ conversation: string }} props */
export function ConversationPane({ conversation }) {
  const timeline = timelineOf(conversation);
  useEffect(() => void timeline.open(), [timeline]);
  useEffect(() => leaveConversation, []);
  if (timeline.state.value === "absent") return html`<${Absent} conversation=${conversation} />`;
  return html`
    <div class="pane-and-panel" data-panel=${isPanelOpen.value ? "open" : undefined}>
      <section class="pane">
        <div>
          <${ConversationHead} conversation=${conversation} />
          ${isSearching.value && html`<${SearchBar} conversation=${conversation} />`}
        </div>
        <${Stream} timeline=${timeline} />
        <${Composer} conversation=${conversation} />
      </section>
      ${isPanelOpen.value && html`<${Panel} conversation=${conversation} />`}
    </div>
  `;
}
