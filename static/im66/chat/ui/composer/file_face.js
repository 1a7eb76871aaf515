import { html } from "../../html.js";
import { Icon } from "../parts/icon.js";

/** @type {Record<string, string>} */
const ICONS = { picture: "picture", audio: "mic", video: "video" };

/** A small picture of a file. @param {{ kind: import("../../text/files.js").FileKind, preview: string }} props */
export const FileFace = ({ kind, preview }) => html`
  <span class="file-face">
    ${preview ? html`<img src=${preview} alt="" />` : html`<${Icon} name=${ICONS[kind] ?? "file"} />`}
  </span>
`;
