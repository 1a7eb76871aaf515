// Above the messages of somebody whose conversation waits until it is accepted.

import { html, useEffect } from "../../html.js";
import { blocked, loadBlocks, unblock } from "../../state/blocks.js";
import { takeOff, wish } from "../../state/conversations.js";
import { nameOf } from "../../state/people.js";
import { complain } from "../../state/toasts.js";
import { peerOf } from "../../text/conversation_ids.js";
import { t } from "../../text/words.js";
import { askToBlock } from "../seldom.js";

/** @param {{ conversation: string }} props */
export function StrangerBar({ conversation }) {
  const userid = peerOf(conversation);
  useEffect(() => void (blocked.peek() === null && loadBlocks().catch(complain)), []);
  if (blocked.value?.has(userid)) return html`<${BlockedBar} userid=${userid} />`;
  const remove = () => takeOff(conversation).then(() => (location.hash = "#/"), complain);
  return html`
    <section class="above-bar stranger-bar" aria-label=${t("Message request")}>
      <span class="above-words">
        <span>${t("You don't know this person yet. They can't see that you read this. If you reply, you accept.")}</span>
      </span>
      <span class="card-actions">
        <button class="button danger" onClick=${() => askToBlock(userid, nameOf(userid))}>${t("Block")}</button>
        <button class="button" onClick=${remove}>${t("Remove")}</button>
        <button class="button primary" onClick=${() => wish(conversation, { request: false }).catch(complain)}>${t("Accept")}</button>
      </span>
    </section>
  `;
}

/** @param {{ userid: string }} props */
const BlockedBar = ({ userid }) => html`
  <section class="above-bar stranger-bar" aria-label=${t("Message request")}>
    <span class="above-words"><span>${t("You have blocked this person. You can't message each other.")}</span></span>
    <span class="card-actions"><button class="button" onClick=${() => unblock(userid).catch(complain)}>${t("Unblock")}</button></span>
  </section>
`;
