import { html } from "../../html.js";
import { nameOf } from "../../state/people.js";
import { typing } from "../../state/typing.js";
import { t } from "../../text/words.js";

/** Who is writing just now. Its line is always there, so that nothing moves. @param {{ conversation: string }} props */
export function TypingLine({ conversation }) {
  const writing = typing.value.get(conversation) ?? [];
  const dots = html`<span class="typing-dots" aria-hidden="true" />`;
  return html`<p class="stream-typing" dir="auto">${writing.length > 0 && dots}<span class="typing-names">${said(writing)}</span></p>`;
}

/** @param {string[]} writing */
function said([first, second, ...more]) {
  if (!first) return "";
  if (more.length) return t("Several people are writing…");
  if (!second) return t("{name} is writing…", { name: nameOf(first) });
  return t("{name} and {other} are writing…", { name: nameOf(first), other: nameOf(second) });
}
