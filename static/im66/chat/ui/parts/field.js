// A labelled box for one line, with a hint or what is wrong with it below.

import { html, useId } from "../../html.js";

/**
 * @param {{ label: string, value: string, onInput: (value: string) => void, hint?: string, error?: string, name?: string, [more: string]: any }} props
 *   `more`: attributes of the box
 */
export function Field({ label, value, onInput, hint = "", error = "", ...more }) {
  const id = useId();
  const note = error || hint;
  return html`
    <div class="field">
      <label class="field-label" for=${id}>${label}</label>
      <input
        id=${id}
        dir="auto"
        value=${value}
        aria-invalid=${error ? "true" : undefined}
        aria-describedby=${note ? `${id}-said` : undefined}
        onInput=${(/** @type {any} */ event) => onInput(event.target.value)}
        ...${more}
      />
      <p id="${id}-said" class=${error ? "field-error" : "field-hint"} role=${error ? "alert" : undefined} hidden=${!note}>${note}</p>
    </div>
  `;
}
