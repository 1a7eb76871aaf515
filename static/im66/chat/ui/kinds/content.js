// What a message says, by its kind.

import { html, useEffect } from "../../html.js";
import { kindNamed } from "../../text/kinds.js";
import { renewedIn } from "../../text/media_urls.js";
import { kindInWords } from "../../text/previews.js";
import { laterPart } from "../parts/later.js";
import "./all.js";

const LinkPreview = laterPart(() => import("./link_preview.js"), "LinkPreview");

/** @param {Parameters<import("../../text/kinds.js").Draw>[0]} props */
export function Content(props) {
  const { message, timeline } = props;
  const { draw, address } = kindNamed(message.kind);
  const { preview, id } = message;
  const url = preview?.picture || address?.(message);
  return html`
    ${draw?.(props) || unknown(props)}
    ${preview && html`<${LinkPreview} preview=${preview} />`}
    ${url && id !== undefined && html`<${Renewed} url=${url} id=${id} timeline=${timeline} />`}
  `;
}

/** A kind that only a later version draws, or a message without what belongs to it. @type {import("../../text/kinds.js").Draw} */
const unknown = ({ message, meta }) => html`<div class="text quiet">${kindInWords(message.kind)}${meta}</div>`;

const AGAIN_AFTER = 30_000;
// A timer takes no more.
const LONGEST = 2 ** 31 - 1;

/**
 * Asks for the address of a file anew before it expires, as long as it is shown.
 *
 * @param {{ url: string, id: number, timeline: import("../../state/timeline.js").Timeline }} props
 */
function Renewed({ url, id, timeline }) {
  useEffect(() => {
    const delay = 1000 * renewedIn(url, Date.now() / 1000);
    if (delay > LONGEST) return undefined;
    let timer = setTimeout(renew, delay);
    let isGone = false;
    async function renew() {
      if (!(await timeline.freshen(id)) && !isGone) timer = setTimeout(renew, AGAIN_AFTER);
    }
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [url]);
  return null;
}
