import { html } from "../../html.js";
import { counted, t } from "../../text/words.js";
import { Icon } from "../parts/icon.js";

/**
 * The way back to the end, with how many messages came there.
 *
 * @param {{ timeline: import("../../state/timeline.js").Timeline, scroller: import("./scroller.js").Scroller }} props
 */
export function JumpButton({ timeline, scroller }) {
  const behind = timeline.behind.value;
  if (!scroller.isFar.value && (behind === 0 || scroller.atEnd.value)) return null;
  const go = () => scroller.aimAt("end", timeline.toEnd());
  const label = behind
    ? counted(behind, "Jump to latest, {count} new message", "Jump to latest, {count} new messages")
    : t("Jump to latest");
  return html`
    <button class="stream-jump" aria-label=${label} title=${t("Jump to latest")} onClick=${go}>
      <${Icon} name="down" />
      ${behind > 0 && html`<span class="stream-behind">${behind > 99 ? "99+" : behind}</span>`}
    </button>
  `;
}
