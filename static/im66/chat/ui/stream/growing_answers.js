// Answers that bots are writing, below the messages. They are announced once they are sent.

import { html, useLayoutEffect } from "../../html.js";
import { nameIn } from "../../state/groups.js";
import { person } from "../../state/people.js";
import { isGroup } from "../../text/conversation_ids.js";
import { t } from "../../text/words.js";
import { Avatar } from "../parts/avatar.js";
import { Content } from "../kinds/content.js";

/** @param {{ answers: import("../../state/growing.js").Growing[], timeline: import("../../state/timeline.js").Timeline, scroller: import("./scroller.js").Scroller }} props */
export function GrowingAnswers({ answers, timeline, scroller }) {
  scroller.remember();
  useLayoutEffect(() => scroller.settle());
  return answers.map(({ answer, from, text }) => {
    const name = nameIn(timeline.conversation, from);
    const message = /** @type {any} */ ({ kind: "text", content: text, from, conversation: timeline.conversation });
    const meta = html`<span class="meta growing-meta"><span class="typing-dots" aria-hidden="true" />${t("writing…")}</span>`;
    return html`
      <div key=${`${from}/${answer}`} class="message" data-first="true" role="group" aria-busy="true" aria-label=${t("{name} is writing…", { name })}>
        <div class="message-side"><${Avatar} src=${person(from).value.avatar} name=${name} id=${from} size="small" /></div>
        <div class="message-main">
          ${isGroup(timeline.conversation) && html`<span class="message-name" dir="auto">${name}</span>`}
          <div class="message-row"><div class="bubble" data-kind="text"><${Content} message=${message} timeline=${timeline} meta=${meta} /></div></div>
        </div>
      </div>
    `;
  });
}
