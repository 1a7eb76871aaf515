// Search in one conversation: one hit after the other, each shown in its place.

import { html, useRef, useState } from "../../html.js";
import { isSearching } from "../../state/panel.js";
import { show } from "../../state/route.js";
import { explained } from "../../state/toasts.js";
import { t } from "../../text/words.js";
import { call } from "../../wire/api.js";
import { useFocusAtOnce } from "../parts/focus.js";
import { Icon } from "../parts/icon.js";

/** @typedef {{ hits: number[], at: number, more: boolean, said: string }} Found */

/** @type {Found} */
const NOTHING = { hits: [], at: 0, more: false, said: "" };

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
      <button type="button" class="icon-button" aria-label=${t("Older hit")} disabled=${!hasOlder(found)} onClick=${go(1)}><${Icon} name="up" /></button>
      <button type="button" class="icon-button" aria-label=${t("Newer hit")} disabled=${found.at === 0} onClick=${go(-1)}><${Icon} name="down" /></button>
      <button type="button" class="icon-button" aria-label=${t("Close the search")} onClick=${close}><${Icon} name="close" /></button>
    </form>
  `;
}

/** @param {Found} found */
const hasOlder = ({ hits, at, more }) => at + 1 < hits.length || (hits.length > 0 && more);

/** @param {Found} found */
const countOf = ({ hits, more }) => `${hits.length}${more ? "+" : ""}`;

/** @param {string} conversation @param {string} q @returns {Promise<Found>} */
async function first(conversation, q) {
  try {
    const { ids, more } = await ask(conversation, q);
    if (ids.length === 0) return { ...NOTHING, said: t("Nothing found") };
    show(conversation, ids[0]);
    return { hits: ids, at: 0, more, said: "" };
  } catch (error) {
    return { ...NOTHING, said: explained(error) };
  }
}

/** @param {string} conversation @param {string} q @param {Found} found @param {number} step @returns {Promise<Found>} */
async function moved(conversation, q, found, step) {
  const at = found.at + step;
  const next = at < found.hits.length ? found : await further(conversation, q, found);
  if (at >= next.hits.length) return { ...next, more: false };
  show(conversation, next.hits[at]);
  return { ...next, at };
}

/** @param {string} conversation @param {string} q @param {Found} found @returns {Promise<Found>} */
async function further(conversation, q, found) {
  try {
    const { ids, more } = await ask(conversation, q, found.hits.at(-1));
    return { ...found, hits: [...found.hits, ...ids], more };
  } catch {
    return found;
  }
}

/** Newest first. @param {string} conversation @param {string} q @param {number} [before] */
async function ask(conversation, q, before) {
  const { items, more } = await call("GET", "messages/search", { query: { q, conversation, before } });
  const ids = items.map((/** @type {{ id: number }} */ { id }) => id);
  return { ids: ids.sort((/** @type {number} */ a, /** @type {number} */ b) => b - a), more };
}
