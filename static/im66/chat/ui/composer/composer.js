// What one writes with: text, emotions, files, voice messages. Or a word on why one may not.

import { html, useEffect } from "../../html.js";
import { whyClosed } from "../../state/admission.js";
import { blocked, loadBlocks } from "../../state/blocks.js";
import { isGroup } from "../../text/conversation_ids.js";
import { FileDrop } from "./file_drop.js";
import { Tray } from "./tray.js";
import { Writing } from "./writing.js";

/** @param {{ conversation: string }} props */
export function Composer({ conversation }) {
  useEffect(() => {
    // Until they are known, the server says it.
    if (!isGroup(conversation) && !blocked.value) loadBlocks().catch(() => undefined);
  }, []);
  const why = whyClosed(conversation);
  return html`
    <div class="composer">
      <${Tray} conversation=${conversation} />
      ${why ? html`<p class="composer-closed" role="status">${why}</p>` : html`<${Writing} conversation=${conversation} /><${FileDrop} conversation=${conversation} />`}
    </div>
  `;
}
