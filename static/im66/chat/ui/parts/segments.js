// A choice of a few, side by side: radio buttons that look like one bar.

import { html, useId } from "../../html.js";

/**
 * @template {string} T
 * @param {{ label: string, value: T, options: { value: T, label: string, lang?: string }[], onChange: (value: T) => void, isPlain?: boolean }} props
 *   `isPlain`: without the label above, which is still read out
 */
export function Segments({ label, value, options, onChange, isPlain = false }) {
  const name = useId();
  return html`
    <fieldset class="segments">
      <legend class=${isPlain ? "visually-hidden" : "field-label"}>${label}</legend>
      <div class="segments-bar">
        ${options.map(
          (one) => html`
            <label key=${one.value} class="segment" lang=${one.lang}>
              <input type="radio" class="visually-hidden" name=${name} checked=${one.value === value} onChange=${() => onChange(one.value)} />
              <span>${one.label}</span>
            </label>
          `,
        )}
      </div>
    </fieldset>
  `;
}
