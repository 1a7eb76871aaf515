// What one writes with: text, emotions, files, voice messages. Or a word on why one may not.

import { html, useEffect } from "../../html.js";
import { whyClosed } from "../../state/admission.js";
import { blocked, loadBlocks } from "../../state/blocks.js";
import { isGroup } from "../../text/conversation_ids.js";
import { FileDrop } from "./file_drop.js";
import { Writing } from "./writing.js";
import { cancelUpload, retryUpload, sendAsFile, uploadsOf } from "../../state/uploads.js";
import { sizeOf } from "../../text/bytes.js";
import { ANY } from "../../text/files.js";
import { t } from "../../text/words.js";
import { Icon } from "../parts/icon.js";
import { FileFace } from "./file_face.js";

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

/** Above the box: files on their way, with how far they are. @param {{ conversation: string }} props */
function Tray({ conversation }) {
  const uploads = uploadsOf(conversation);
  if (uploads.length === 0) return null;
  return html`
    <ul class="tray" aria-label=${t("Files being sent")}>
      ${uploads.map((upload) => html`<${Entry} key=${upload.id} upload=${upload} />`)}
    </ul>
  `;
}

/** @param {{ upload: import("../../state/uploads.js").Upload }} props */
function Entry({ upload: { id, file, kind, preview, state, share, why, caption } }) {
  const name = file.name;
  return html`
    <li class="tray-entry" data-state=${state}>
      <${FileFace} kind=${kind} preview=${preview} />
      <div class="tray-what">
        <span class="file-name" dir="auto">${name}</span>
        ${why ? html`<span class="tray-why" role="alert">${why}</span>` : html`<span class="tray-how">${stateOf(state, share)} · ${sizeOf(file.size)}</span>`}
        ${caption && html`<span class="file-name" dir="auto">${caption}</span>`}
        ${state === "running" && html`<progress aria-label=${name} value=${share} max="1" />`}
      </div>
      ${state === "failed" && html`<button class="icon-button" aria-label=${t("Try again: {name}", { name })} title=${t("Try again")} onClick=${() => retryUpload(id)}><${Icon} name="retry" /></button>`}
      ${state === "refused" && kind !== ANY && html`<button class="icon-button" aria-label=${t("Send as a file: {name}", { name })} title=${t("Send as a file")} onClick=${() => sendAsFile(id)}><${Icon} name="file" /></button>`}
      <button class="icon-button" aria-label=${t("Cancel {name}", { name })} title=${t("Cancel")} onClick=${() => cancelUpload(id)}><${Icon} name="close" /></button>
    </li>
  `;
}

/** @param {string} state @param {number} share */
function stateOf(state, share) {
  if (state === "waiting") return t("Waiting");
  // The server looks at it and converts it.
  return share < 1 ? `${Math.floor(100 * share)} %` : t("Processing");
}
