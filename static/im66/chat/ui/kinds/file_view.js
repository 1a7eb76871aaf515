import { html, useState } from "../../html.js";
import { attachmentAt, endingOf, isOver, isText } from "../../text/attachments.js";
import { sizeOf } from "../../text/bytes.js";
import { t } from "../../text/words.js";
import { Icon } from "../parts/icon.js";
import { openDialog } from "../dialogs.js";
import { Dialog } from "../parts/dialog.js";
import { FirstLines, downloadAnew } from "./file_lines.js";

/**
 * A file of any type: what it is called, how large it is, and what gets it. Nothing of it is opened here but the first
 * lines of a text, as a text.
 *
 * @param {{ message: { id?: number, conversation?: string, content: string, file: import("../../types.js").Attached } }} props
 */
export function FileContent({ message }) {
  const [isOpen, setOpen] = useState(false);
  const { file, content } = message;
  const url = attachmentAt(content, location.origin);
  const { name, size } = file;
  const ending = endingOf(name);
  if (!url) return html`<p class="quiet"><bdi>${name}</bdi> ${t("It is not on this server, so it is not loaded.")}</p>`;
  const get = (/** @type {MouseEvent} */ event) => {
    if (!message.id || !isOver(url, Date.now() / 1000)) return;
    event.preventDefault();
    void downloadAnew(message);
  };
  return html`
    <div class="file-card">
      ${file.preview && html`<${FirstPage} key=${file.preview} name=${name} src=${attachmentAt(file.preview, location.origin)} />`}
      <a class="file-get" href=${url} download=${name} onClick=${get}>
        <span class="file-icon" aria-hidden="true">${ending ? html`<b>${ending.slice(0, 4)}</b>` : html`<${Icon} name="file" />`}</span>
        <span class="file-what">
          <bdi class="file-title">${name}</bdi>
          <span class="quiet">${sizeOf(size)}</span>
        </span>
        <${Icon} name="download" label=${t("Download")} />
      </a>
      ${isText(file) && html`<button class="link-button" aria-expanded=${isOpen} onClick=${() => setOpen(!isOpen)}>${isOpen ? t("Hide") : t("Show the first lines")}</button>`}
      ${isOpen && html`<${FirstLines} url=${url} message=${message} />`}
    </div>
  `;
}

/** What is on it, as a picture. A click shows all of it. @param {{ name: string, src: string | null }} props */
function FirstPage({ name, src }) {
  const [isBroken, setBroken] = useState(!src);
  if (isBroken) return null;
  return html`
    <button class="file-page" aria-label=${t("Show the first page")} onClick=${() => openDialog(PageDialog, { name, src })}>
      <img src=${src} alt="" loading="lazy" decoding="async" draggable=${false} onError=${() => setBroken(true)} />
    </button>
  `;
}

/** @param {{ name: string, src: string, onClose: () => void }} props */
const PageDialog = ({ name, src, onClose }) => html`
  <${Dialog} title=${name} onClose=${onClose} class="file-page-dialog"><img src=${src} alt=${t("The first page")} /><//>
`;
