import { html } from "../../html.js";

/** A text with what was searched for marked in it. @param {{ pieces: import("../../text/finding.js").Piece[] }} props */
export function Marked({ pieces }) {
  return pieces.map(({ text, isHit }) => (isHit ? html`<mark>${text}</mark>` : text));
}
