// A box in which one names people, who are offered below it.

import { html, useId } from "../../html.js";
import { Chips } from "./chips.js";
import { Offered } from "./offered.js";
import { usePicking } from "./picking.js";

/** @typedef {import("../../types.js").Profile} Profile */

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
