// The place for what strangers send: contact requests, and conversations that wait until they are accepted.

import { html, useEffect } from "../../html.js";
import { blocked, loadBlocks } from "../../state/blocks.js";
import { apart, takeOff, titleOf, wish } from "../../state/conversations.js";
import { hasMore } from "../../state/folders.js";
import { lastWords } from "../../state/last_words.js";
import { language } from "../../state/preferences.js";
import { loadRequests, requests } from "../../state/requests.js";
import { complain } from "../../state/toasts.js";
import { hashOf, peerOf } from "../../text/conversation_ids.js";
import { brief } from "../../text/times.js";
import { t } from "../../text/words.js";
import { Avatar } from "../parts/avatar.js";
import { Dialog } from "../parts/dialog.js";
import { MoreRows } from "../sidebar/more_rows.js";
import { Answers } from "./contact_part.js";

/** @param {{ onClose: () => void }} props */
export function RequestsDialog({ onClose }) {
  useEffect(() => void Promise.all([loadRequests(), loadBlocks()]).catch(complain), []);
  const waiting = requests.value?.filter(({ mine }) => !mine) ?? [];
  const mine = requests.value?.filter((one) => one.mine) ?? [];
  const strangers = apart.value.filter(({ id }) => !blocked.value?.has(peerOf(id)));
  const isEmpty = requests.value && !hasMore("requests") && waiting.length + mine.length + strangers.length === 0;
  return html`
    <${Dialog} title=${t("Message requests")} onClose=${onClose} class="contacts">
      ${isEmpty && html`<p class="panel-note" role="status">${t("No requests.")}</p>`}
      <${Part} title=${t("Contact requests")} rows=${waiting.map((one) => html`<${Waiting} key=${one.id} one=${one} />`)} />
      <${Part} title=${t("Messages from people you don't know")} rows=${strangers.map((one) => html`<${Stranger} key=${one.id} one=${one} />`)} />
      <${MoreRows} folder="requests" />
      <${Part} title=${t("Sent requests")} rows=${mine.map((one) => html`<${Mine} key=${one.id} one=${one} />`)} />
    <//>
  `;
}

/** @param {{ title: string, rows: any[] }} props */
function Part({ title, rows }) {
  if (rows.length === 0) return null;
  return html`
    <section class="people" aria-label=${title}>
      <h3 class="field-label">${title}</h3>
      <ul class="people">
        ${rows}
      </ul>
    </section>
  `;
}

/** @param {{ one: import("../../state/requests.js").ContactRequest }} props */
function Waiting({ one }) {
  return html`
    <li class="request-row">
      <${Who} one=${one} words=${one.text} />
      <${Answers} id=${one.id} />
    </li>
  `;
}

/** @param {{ one: import("../../state/requests.js").ContactRequest }} props */
const Mine = ({ one }) => html`
  <li class="request-row">
    <${Who} one=${one} words=${one.text} />
    <time class="people-role">${brief(one.time, language.value)}</time>
  </li>
`;

/** @param {{ one: import("../../types.js").Conversation }} props */
function Stranger({ one }) {
  const name = titleOf(one);
  const remove = () => takeOff(one.id).catch(complain);
  const accept = () => wish(one.id, { request: false }).catch(complain);
  return html`
    <li class="request-row">
      <a class="people-who" href=${hashOf(one.id)}>
        <${Avatar} src=${one.picture} name=${name} id=${one.id.slice(2)} size="small" />
        <span class="above-words">
          <bdi class="above-text">${name}</bdi>
          ${one.last && html`<bdi class="above-text above-title">${lastWords(one.last)}</bdi>`}
        </span>
      </a>
      <span class="card-actions">
        <button class="button" onClick=${remove}>${t("Remove")}</button>
        <button class="button primary" onClick=${accept}>${t("Accept")}</button>
      </span>
    </li>
  `;
}

/** @param {{ one: import("../../types.js").Profile, words: string }} props */
function Who({ one: { userid, nickname, avatar }, words }) {
  const name = nickname || userid;
  return html`
    <span class="people-who">
      <${Avatar} src=${avatar} name=${name} id=${userid} size="small" />
      <span class="above-words">
        <bdi class="above-text">${name}</bdi>
        ${name !== userid && html`<bdi class="above-text above-title">${userid}</bdi>`}
        ${words && html`<span class="field-hint" dir="auto">${words}</span>`}
      </span>
    </span>
  `;
}
