// What stands above the messages: that they are a stranger's, a notice that is to be confirmed, and what is pinned.

import { html, useEffect } from "../../html.js";
import { link } from "../../state/client.js";
import { conversations } from "../../state/conversations.js";
import { group } from "../../state/groups.js";
import { loadPins, pinsOf } from "../../state/pins.js";
import { isGroup, peerOf } from "../../text/conversation_ids.js";
import { NoticeBar, PinBar, StrangerBar } from "../seldom.js";

/** @param {{ conversation: string }} props */
export function Above({ conversation }) {
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
