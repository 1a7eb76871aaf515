// Pictures, recordings and videos: messages whose content is the address of a file of this server.

import { config } from "../../config.js";
import { html } from "../../html.js";
import { fileAt } from "../../text/media_urls.js";
import { kindInWords } from "../../text/previews.js";
import { t } from "../../text/words.js";
import { LinkedText } from "./text.js";

/** Where to load it from; null if it is none of this server's. @param {string} [content] */
export const mediaAt = (content = "") => fileAt(content, location.origin, config.urls.media);

/** What such a kind registers. @param {(url: string, message: import("../../text/kinds.js").ShownMessage, timeline: import("../../state/timeline.js").Timeline) => any} draw @returns {import("../../text/kinds.js").Kind} */
export const media = (draw) => ({
  address: ({ content }) => mediaAt(content),
  draw({ message, timeline, meta }) {
    const url = mediaAt(message.content);
    if (url) return html`${draw(url, message, timeline)}${meta}`;
    return html`
      <p class="quiet">${kindInWords(message.kind)} ${t("It is not on this server, so it is not loaded.")}</p>
      <div class="text"><${LinkedText} text=${message.content} />${meta}</div>
    `;
  },
});
