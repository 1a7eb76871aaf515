// Search in one conversation: one hit after the other, each shown in its place.

import { html, useRef, useState } from "../../html.js";
import { isSearching } from "../../state/panel.js";
import { show } from "../../state/route.js";
import { explained } from "../../state/toasts.js";
import { t } from "../../text/words.js";
import { searchMessages } from "../../wire/message_search.js";
import { useFocusAtOnce } from "../parts/focus.js";
import { Icon } from "../parts/icon.js";

/**
 * `before`: from where to search on; null if there is nothing more.
 *
 * @typedef {{ hits: number[], at: number, before: number | null, said: string }} Found
 */

/** @type {Found} */
const NOTHING = { hits: [], at: 0, before: null, said: "" };

/** @param {{ conversation: string }} props */
export function SearchBar({ conversation }) {
  const [text, setText] = useState("");
  const [found, setFound] = useState(NOTHING);
  const box = useRef(/** @type {HTMLInputElement | null} */ (null));
  useFocusAtOnce(() => box.current);

  const search = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (text.trim()) setFound(await first(conversation, text.trim()));
  };
  const go = (/** @type {number} */ step) => async () => setFound(await moved(conversation, text.trim(), found, step));
  const close = () => (isSearching.value = false);
  const place = found.hits.length ? t("{at} of {count}", { at: found.at + 1, count: countOf(found) }) : found.said;

  return html`
    <form class="search-bar" role="search" onSubmit=${search} onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === "Escape" && close()}>
      <input type="search" ref=${box} aria-label=${t("Search in this conversation")} placeholder=${t("Search in this conversation")}
        value=${text} onInput=${(/** @type {any} */ event) => setText(event.target.value)} />
      <output class="search-place">${place}</output>
      <button type="button" class="icon-button" aria-label=${t("Previous result")} disabled=${!hasOlder(found)} onClick=${go(1)}><${Icon} name="up" /></button>
      <button type="button" class="icon-button" aria-label=${t("Next result")} disabled=${found.at === 0} onClick=${go(-1)}><${Icon} name="down" /></button>
      <button type="button" class="icon-button" aria-label=${t("Close the search")} onClick=${close}><${Icon} name="close" /></button>
    </form>
  `;
}

/** @param {Found} found */
const hasOlder = ({ hits, at, before }) => at + 1 < hits.length || before !== null;

/** @param {Found} found */
const countOf = ({ hits, before }) => `${hits.length}${before === null ? "" : "+"}`;

/** @param {string} conversation @param {string} q @returns {Promise<Found>} */
async function first(conversation, q) {
  const found = await further(conversation, q, NOTHING);
  if (found.hits.length > 0) show(conversation, found.hits[0]);
  return found;
}

/** @param {string} conversation @param {string} q @param {Found} found @param {number} step @returns {Promise<Found>} */
async function moved(conversation, q, found, step) {
  // Nothing is shown yet if nothing was found so far.
  const at = found.hits.length ? found.at + step : 0;
  const next = at < found.hits.length ? found : await further(conversation, q, found);
  if (at >= next.hits.length) return next;
  show(conversation, next.hits[at]);
  return { ...next, at };
}

/** With the next hits, newest first. @param {string} conversation @param {string} q @param {Found} found @returns {Promise<Found>} */
async function further(conversation, q, found) {
  try {
    const { items, before } = await searchMessages({ q, conversation }, found.before);
    const hits = [...found.hits, ...items.map(({ id }) => id).sort((a, b) => b - a)];
    return { ...found, hits, before, said: t(before === null ? "Nothing found" : "Nothing found so far") };
  } catch (error) {
    return { ...found, said: explained(error) };
  }
}
