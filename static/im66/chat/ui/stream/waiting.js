// What the user has written and the server has not accepted yet.

import { html, useEffect, useLayoutEffect, useRef } from "../../html.js";
import { pauseIn } from "../../state/admission.js";
import { client, waitingFor } from "../../state/client.js";
import { language } from "../../state/preferences.js";
import { explained } from "../../state/toasts.js";
import { clock } from "../../text/times.js";
import { t } from "../../text/words.js";
import { peerOf } from "../../text/conversation_ids.js";
import { openDialog } from "../dialogs.js";
import { Icon } from "../parts/icon.js";
import { AddDialog } from "../seldom.js";
import { Content } from "../kinds/content.js";
import { Quote } from "./quote.js";

/** @typedef {import("../../state/timeline.js").Timeline} Timeline */
/** @typedef {import("../../types.js").Outgoing} Outgoing */

/** @param {{ timeline: Timeline, scroller: import("./scroller.js").Scroller }} props */
export function Waiting({ timeline, scroller }) {
  const known = new Set(timeline.items.value.slice(-100).map((item) => ("cid" in item ? item.cid : undefined)));
  const waiting = waitingFor(timeline.conversation).filter(({ cid }) => !known.has(cid));
  const last = waiting.at(-1)?.cid;
  const seen = useRef(last);
  useEffect(() => {
    if (last && last !== seen.current) showEnd(timeline, scroller);
    seen.current = last;
  }, [last]);
  useLayoutEffect(() => scroller.settle());
  return waiting.map((message) => html`<${Unsent} key=${message.cid} message=${message} timeline=${timeline} />`);
}

/** Whoever writes wants to see it. @param {Timeline} timeline @param {import("./scroller.js").Scroller} scroller */
function showEnd(timeline, scroller) {
  timeline.readUpTo.value = null;
  void scroller.aimAt("end", timeline.toEnd());
}

/** @param {{ message: Outgoing, timeline: Timeline }} props */
function Unsent({ message, timeline }) {
  const { at, failed, reply, to } = message;
  const meta = html`
    <span class="meta">
      <time>${clock(at / 1000, language.value)}</time>
      <${Icon} name=${failed ? "error" : "clock"} label=${failed ? t("Not sent") : t("Sending")} />
    </span>
  `;
  return html`
    <article class="message message-own" data-first="true" data-state=${failed ? "failed" : "sending"} data-cid=${message.cid} tabindex="-1" aria-label=${`${t("You")}, ${failed ? t("Not sent") : t("Sending")}`}>
      <div class="message-main">
        <div class="message-row">
          <div class="bubble" data-kind=${message.kind}>
            ${reply && html`<${Quote} id=${reply} timeline=${timeline} />`}
            <${Content} message=${{ ...message, conversation: to }} timeline=${timeline} meta=${meta} />
          </div>
        </div>
        ${failed ? html`<${Failed} message=${message} />` : client.value?.outbox.held.value.has(to) && html`<p class="message-waits">${whyHeld(to)}</p>`}
      </div>
    </article>
  `;
}

/** @param {string} conversation */
const whyHeld = (conversation) =>
  pauseIn(conversation) ? t("Slow mode: it is sent as soon as you may write again.") : t("Too fast: it is sent in a moment.");

/** @param {{ message: Outgoing }} props */
function Failed({ message: { cid, failed, to } }) {
  return html`
    <div class="message-failed">
      <span>${t("Not sent.")} ${failed === "not_allowed" ? t("You can't send this.") : explained({ name: failed })}</span>
      ${failed === "unwanted" && html`<button class="link-button" onClick=${() => openDialog(AddDialog, { userid: peerOf(to) })}>${t("Send contact request")}</button>`}
      <button class="link-button" onClick=${() => client.value?.outbox.retry(cid)}>${t("Retry")}</button>
      <button class="link-button" onClick=${() => client.value?.outbox.drop(cid)}>${t("Delete")}</button>
    </div>
  `;
}
