// Who can reach the user.

import { config } from "../../config.js";
import { html, useEffect, useId, useState } from "../../html.js";
import { changePrivacy, privacy } from "../../state/contacts.js";
import { loadAnew } from "../../state/conversations.js";
import { complain } from "../../state/toasts.js";
import { translated, t } from "../../text/words.js";

/** @typedef {import("../../state/contacts.js").Privacy} Privacy */

export function PrivacyPart() {
  const [rules, setRules] = useState(/** @type {Privacy | null} */ (null));
  const load = () => privacy().then(setRules, complain);
  useEffect(() => void load(), []);
  if (!rules) return null;
  const change = async (/** @type {Privacy} */ chosen) => {
    setRules((/** @type {Privacy | null} */ before) => before && { ...before, ...chosen });
    try {
      await changePrivacy(chosen);
      if ("direct" in chosen) await loadAnew();
    } catch (error) {
      complain(error);
      await load();
    }
  };
  return html`
    <fieldset class="segments privacy">
      <legend class="field-label">${t("Who can reach me")}</legend>
      ${config.privacy.map(({ name, label, hint }) => html`<${Choice} key=${name} name=${name} label=${translated(label)} hint=${translated(hint)} rules=${rules} onChange=${change} />`)}
      <p class="field-hint">${t("“People I know” are people in your groups, people you have written to, and people you have accepted.")}</p>
    </fieldset>
  `;
}

/** @param {{ label: string, name: string, rules: Privacy, hint: string, onChange: (change: Privacy) => void }} props */
function Choice({ label, name, rules, hint, onChange }) {
  const id = useId();
  const choices = { everybody: t("Everybody"), known: t("People I know"), contacts: t("My contacts"), nobody: t("Nobody") };
  return html`
    <div class="field">
      <label class="field-label" for=${id}>${label}</label>
      <select id=${id} aria-describedby="${id}-hint" value=${rules[name]} onChange=${(/** @type {any} */ event) => onChange({ [name]: event.target.value })}>
        ${Object.entries(choices).map(([value, text]) => html`<option key=${value} value=${value}>${text}</option>`)}
      </select>
      <p id="${id}-hint" class="field-hint">${hint}</p>
    </div>
  `;
}
