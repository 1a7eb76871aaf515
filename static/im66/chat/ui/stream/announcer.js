import { html } from "../../html.js";
import { arrived } from "../../state/events.js";
import { nameOf } from "../../state/people.js";
import { previewOf } from "../../text/previews.js";

/** Says new messages of others to screen readers: not the old ones that are read in as one scrolls. @param {{ conversation: string }} props */
export function Announcer({ conversation }) {
  const message = arrived.value;
  const isHere = message?.conversation === conversation;
  return html`<div class="visually-hidden" aria-live="polite">${isHere && `${nameOf(message.from)}: ${previewOf(message)}`}</div>`;
}
