import { config } from "../../config.js";
import { html, useEffect, useMemo, useState } from "../../html.js";
import { soughtIn } from "../../state/highlighted.js";
import { Marked } from "../parts/marked.js";
import { isFewEmoji } from "../../text/emoji.js";
import { hasAfter, marked } from "../../text/finding.js";
import { beginning } from "../../text/folding.js";
import { formatted, plainText } from "../../text/formatting.js";
import { register } from "../../text/kinds.js";
import { linkify } from "../../text/links.js";
import { inReadersLanguage } from "../../text/service_texts.js";
import { t } from "../../text/words.js";

/**
 * A text: at first only the beginning, if it is long.
 *
 * @param {{ text: string, meta: any, query?: string, isResult?: boolean }} props
 *   `query`: what is searched for; `isResult`: this is shown for it, so it opens if that is in the rest of it
 */
export function TextContent({ text, meta, query = "", isResult = false }) {
  const [isOpen, setOpen] = useState(false);
  const start = useMemo(() => beginning(text), [text]);
  const isFolded = start !== null && !isOpen && !(isResult && hasAfter(text, query, start.length));
  useEffect(() => {
    // What was opened stays open when the search is over.
    if (isResult && !isFolded) setOpen(true);
  }, [isResult, isFolded]);
  const size = isFewEmoji(text) ? "large" : undefined;
  return html`
    <div class="text" dir="auto" data-size=${size}>
      <span class="text-said"><${FormattedText} text=${isFolded ? `${start}…` : text} query=${query} /></span>
      ${isFolded && html`<button class="link-button" onClick=${() => setOpen(true)}>${t("Show all")}</button>`}
      ${meta}
    </div>
  `;
}

/** A text with what is marked in it. @param {{ text: string, query?: string }} props */
function FormattedText({ text, query = "" }) {
  const parts = useMemo(() => formatted(text), [text]);
  return parts.map((part) => {
    if (part.type === "code") return html`<pre class="code" role="group" tabindex="0" aria-label=${t("Code")}><code>${shown(part.text, query)}</code></pre>`;
    if (part.type === "quote") return html`<blockquote class="said-quote" dir="auto">${drawn(part.nodes, query)}</blockquote>`;
    if (part.type === "text") return drawn(part.nodes, query);
    return html`<ul class="said-list">${part.items.map((item, at) => html`<li key=${at}><span>${/\d/.test(item.bullet) ? item.bullet : "•"}</span><span dir="auto">${drawn(item.nodes, query)}</span></li>`)}</ul>`;
  });
}

/** @param {import("../../text/formatting.js").Node[]} nodes @param {string} query @returns {any} */
const drawn = (nodes, query) =>
  nodes.map((node) => {
    if ("mark" in node) return html`<${node.mark}>${drawn(node.nodes, query)}<//>`;
    if (node.isCode) return html`<code class="code" dir="auto">${shown(node.text, query)}</code>`;
    return node.href ? link(node.href, shown(node.text, query)) : shown(node.text, query);
  });

/** @param {string} href @param {any} shown */
const link = (href, shown) => html`<a href=${href} target="_blank" rel="noopener noreferrer">${shown}</a>`;

/** @param {{ text: string, query?: string }} props   `query`: what is marked */
export function LinkedText({ text, query = "" }) {
  const parts = useMemo(() => linkify(text).map((part) => ({ ...part, shown: shown(part.text, query) })), [text, query]);
  return parts.map(({ shown, href }) => (href ? link(href, shown) : shown));
}

/** @param {string} text @param {string} query */
const shown = (text, query) => (query ? html`<${Marked} pieces=${marked(text, query)} />` : text);

/** What the service says is known in the reader's language. @param {import("../../text/kinds.js").ShownMessage} message */
const textOf = ({ content = "", from }) => (from === config.service ? inReadersLanguage(content) : content);

register("text", {
  draw: ({ message, timeline, meta }) => html`<${TextContent} text=${textOf(message)} meta=${meta} ...${soughtIn(timeline.conversation, message.id)} />`,
  line: (message) => plainText(textOf(message)),
  copied: ({ content = "" }) => content,
  isText: true,
});
