import { html, useMemo, useState } from "../../../html.js";
import { isFewEmoji } from "../../../text/emoji.js";
import { beginning } from "../../../text/folding.js";
import { linkify } from "../../../text/links.js";
import { t } from "../../../text/words.js";

/** A text: at first only the beginning, if it is long. @param {{ text: string, meta: any }} props */
export function TextContent({ text, meta }) {
  const [isWhole, setWhole] = useState(false);
  const start = useMemo(() => beginning(text), [text]);
  const isFolded = start !== null && !isWhole;
  const size = isFewEmoji(text) ? "large" : undefined;
  return html`
    <div class="text" dir="auto" data-size=${size}>
      <span class="text-said"><${LinkedText} text=${isFolded ? `${start}…` : text} /></span>
      ${isFolded && html`<button class="link-button" onClick=${() => setWhole(true)}>${t("Show all")}</button>`}
      ${meta}
    </div>
  `;
}

/** @param {{ text: string }} props */
export function LinkedText({ text }) {
  const parts = useMemo(() => linkify(text), [text]);
  return parts.map(({ text: said, href }) =>
    href ? html`<a href=${href} target="_blank" rel="noopener noreferrer">${said}</a>` : said,
  );
}
