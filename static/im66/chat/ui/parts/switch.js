import { html } from "../../html.js";

/**
 * Something that is on or off, with its name.
 *
 * @param {{ label: string, isOn: boolean, onChange: (isOn: boolean) => void }} props
 */
export function Switch({ label, isOn, onChange }) {
  return html`
    <button type="button" class="switch" role="switch" aria-checked=${String(isOn)} onClick=${() => onChange(!isOn)}>
      <span>${label}</span><span class="switch-track"></span>
    </button>
  `;
}
