// What the page says of itself to which a message links. The server has asked it: the reader's browser asks nobody.

import { html } from "../../html.js";
import { CardPicture } from "./card_picture.js";

const IS_LINK = /^https?:\/\//;

/** @param {{ preview: import("../../types.js").Preview }} props */
export const LinkPreview = ({ preview: { url, title, description = "", site = "", picture = "" } }) =>
  IS_LINK.test(url) &&
  html`
    <a class="link-preview" href=${url} target="_blank" rel="noopener noreferrer">
      <${CardPicture} url=${picture} />
      ${site && html`<span class="quiet" dir="auto">${site}</span>`}
      <strong dir="auto">${title}</strong>
      ${description && html`<span class="link-preview-said" dir="auto">${description}</span>`}
    </a>
  `;
