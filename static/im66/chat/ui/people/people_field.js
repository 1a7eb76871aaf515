// A box in which one names people, who are offered below it.

import { html, useId, useEffect, useRef } from "../../html.js";
import { usePicking } from "./picking.js";
import { t } from "../../text/words.js";
import { Avatar } from "../parts/avatar.js";
import { BotBadge } from "../parts/bot_badge.js";
import { Icon } from "../parts/icon.js";
import { pieces } from "../../text/finding.js";
import { Marked } from "../parts/marked.js";

/** @typedef {import("./picking.js").Profile} Profile */

/**
 * @param {{ label: string, error?: string, chosen?: Profile[], without?: string[], onChoose: (person: Profile) => void, onRemove?: (userid: string) => void, isFirst?: boolean }} props
 *   `chosen`: shown with the box; `without`: userids that are not offered; `isFirst`: has the focus when the dialog opens
 */
export function PeopleField({ label, error = "", chosen = [], without = [], onChoose, onRemove, isFirst = false }) {
  const id = useId();
  const picking = usePicking({ without: [...without, ...chosen.map((one) => one.userid)], onChoose });
  const { text, people, at, q } = picking;
  const wrong = picking.failure || error;
  const key = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Backspace" && !text && chosen.length > 0) onRemove?.(chosen[chosen.length - 1].userid);
    else steer(event, picking);
  };
  return html`
    <div class="field people-field">
      <label class="field-label" for=${id}>${label}</label>
      ${chosen.length > 0 && html`<${Chips} people=${chosen} onRemove=${onRemove} />`}
      <input
        id=${id}
        role="combobox"
        dir="auto"
        data-focus=${isFirst || undefined}
        autocomplete="off"
        autocapitalize="none"
        spellcheck=${false}
        value=${text}
        aria-expanded=${people.length > 0}
        aria-controls="${id}-offered"
        aria-autocomplete="list"
        aria-activedescendant=${people.length > 0 ? `${id}-${at}` : undefined}
        aria-invalid=${wrong ? "true" : undefined}
        aria-describedby=${wrong ? `${id}-said` : undefined}
        onInput=${(/** @type {any} */ event) => picking.write(event.target.value)}
        onKeyDown=${key}
      />
      <p id="${id}-said" class="field-error" role="alert" hidden=${!wrong}>${wrong}</p>
      <${Offered} id=${id} people=${people} active=${at} query=${q} onChoose=${picking.choose} />
    </div>
  `;
}

/** @param {KeyboardEvent} event @param {ReturnType<typeof usePicking>} picking */
function steer(event, { q, at, people, pick, move }) {
  if (event.isComposing) return;
  if (event.key === "ArrowDown") move(Math.min(at + 1, people.length - 1));
  else if (event.key === "ArrowUp") move(Math.max(at - 1, 0));
  else if (event.key === "Enter" && q) void pick();
  else return;
  event.preventDefault();
}

/** People who have been chosen. @param {{ people: import("../../types.js").Profile[], onRemove?: (userid: string) => void }} props */
function Chips({ people, onRemove }) {
  return html`
    <ul class="chips" aria-label=${t("Selected")}>
      ${people.map(({ userid, nickname, avatar }) => {
        const name = nickname || userid;
        return html`
          <li key=${userid} class="chip">
            <${Avatar} src=${avatar} name=${name} id=${userid} size="small" />
            <bdi class="chip-name">${name}</bdi>
            <button type="button" class="icon-button" aria-label=${t("Remove {name}", { name })} onClick=${() => onRemove?.(userid)}><${Icon} name="close" /></button>
          </li>
        `;
      })}
    </ul>
  `;
}

/**
 * The people that a box offers.
 *
 * @param {{ id: string, people: Profile[], active: number, query: string, onChoose: (person: Profile) => void }} props
 */
function Offered({ id, people, active, query, onChoose }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => list.current?.children[active]?.scrollIntoView({ block: "nearest" }), [active]);
  return html`
    <ul class="offered" id="${id}-offered" role="listbox" aria-label=${t("People")} ref=${list} hidden=${people.length === 0}>
      ${people.map(
        (one, at) => html`
          <li key=${one.userid} id="${id}-${at}" role="option" class="offered-one" aria-selected=${at === active} onPointerDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${() => onChoose(one)}>
            <${Avatar} src=${one.avatar} name=${one.nickname || one.userid} id=${one.userid} userid=${one.userid} size="small" />
            <bdi class="offered-name"><${Marked} pieces=${pieces(one.nickname || one.userid, query)} /></bdi>
            <${BotBadge} is=${one.bot} />
            ${one.isNew && html`<span class="offered-userid">${t("new user ID")}</span>`}
            ${one.nickname && html`<span class="offered-userid"><${Marked} pieces=${pieces(one.userid, query)} /></span>`}
          </li>
        `,
      )}
    </ul>
  `;
}
