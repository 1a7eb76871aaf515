import { html } from "../../html.js";
import { query } from "../../state/searching.js";
import { t } from "../../text/words.js";
import { MAX_QUERY_CHARACTERS } from "../../wire/message_search.js";
import { Icon } from "../parts/icon.js";

export const SEARCH_ID = "search";

/** @param {{ onEnter: () => void }} props   `onEnter`: go to what was found */
export function SearchField({ onEnter }) {
  const clear = () => {
    query.value = "";
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") clear();
    else if (event.key === "ArrowDown") onEnter();
    else return;
    event.preventDefault();
  };
  return html`
    <div class="search-field" role="search" aria-label=${t("Search")}>
      <${Icon} name="search" />
      <input
        id=${SEARCH_ID}
        type="search"
        dir="auto"
        aria-label=${t("Search")}
        placeholder=${t("Search")}
        maxlength=${MAX_QUERY_CHARACTERS}
        autocomplete="off"
        value=${query.value}
        onInput=${(/** @type {any} */ event) => {
          query.value = event.target.value;
        }}
        onKeyDown=${key}
      />
      ${query.value && html`<button class="icon-button" aria-label=${t("Clear the search")} onClick=${clear}><${Icon} name="close" /></button>`}
    </div>
  `;
}
