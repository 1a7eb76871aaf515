// What a bot says in parts: nothing in it is more than a text or a link.

import { html } from "../../../html.js";
import { LinkedText } from "./text.js";

const IS_LINK = /^https?:\/\//;

/** @param {{ card: import("../../../types.js").Card }} props */
export const CardContent = ({ card: { title, text = "", url = "", fields = [] } }) => html`
  <div class="bot-card">
    <strong dir="auto">${IS_LINK.test(url) ? html`<a href=${url} target="_blank" rel="noopener noreferrer">${title}</a>` : title}</strong>
    ${text && html`<p class="text-said" dir="auto"><${LinkedText} text=${text} /></p>`}
    ${fields.length > 0 &&
    html`
      <dl>
        ${fields.map(({ name, value }, at) => html`<div key=${at}><dt dir="auto">${name}</dt><dd dir="auto"><${LinkedText} text=${value} /></dd></div>`)}
      </dl>
    `}
  </div>
`;
