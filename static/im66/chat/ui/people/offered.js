import { html, useEffect, useRef } from "../../html.js";
import { pieces } from "../../text/finding.js";
import { t } from "../../text/words.js";
import { Avatar } from "../parts/avatar.js";
import { Marked } from "../parts/marked.js";

/** @typedef {import("../../state/people_search.js").Profile} Profile */

/**
 * The people that a box offers.
 *
 * @param {{ id: string, people: Profile[], active: number, query: string, onChoose: (person: Profile) => void }} props
 */
export function Offered({ id, people, active, query, onChoose }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => list.current?.children[active]?.scrollIntoView({ block: "nearest" }), [active]);
  return html`
    <ul class="offered" id="${id}-offered" role="listbox" aria-label=${t("People")} ref=${list} hidden=${people.length === 0}>
      ${people.map(
        (one, at) => html`
          <li key=${one.userid} id="${id}-${at}" role="option" class="offered-one" aria-selected=${at === active} onPointerDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${() => onChoose(one)}>
            <${Avatar} src=${one.avatar} name=${one.nickname || one.userid} id=${one.userid} userid=${one.userid} size="small" />
            <bdi class="offered-name"><${Marked} pieces=${pieces(one.nickname || one.userid, query)} /></bdi>
            ${one.isNew && html`<span class="offered-userid">${t("new user ID")}</span>`}
            ${one.nickname && html`<span class="offered-userid"><${Marked} pieces=${pieces(one.userid, query)} /></span>`}
          </li>
        `,
      )}
    </ul>
  `;
}
