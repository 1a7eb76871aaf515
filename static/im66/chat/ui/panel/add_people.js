// Chooses people who are to be added, by name or by userid.

import { html, useState } from "../../html.js";
import { explained } from "../../state/toasts.js";
import { t } from "../../text/words.js";
import { Dialog } from "../parts/dialog.js";
import { PeopleField } from "../people/people_field.js";

/** @typedef {import("../../types.js").Profile} Profile */

/**
 * @param {{ title: string, without: string[], onAdd: (userids: string[]) => Promise<void>, onClose: () => void }} props
 *   `without`: who cannot be chosen
 */
export function AddPeopleDialog({ title, without, onAdd, onClose }) {
  const [chosen, setChosen] = useState(/** @type {Profile[]} */ ([]));
  const [failed, setFailed] = useState("");
  const choose = (/** @type {Profile} */ person) => setChosen((before) => [...before, person]);
  const remove = (/** @type {string} */ userid) => setChosen((before) => before.filter((one) => one.userid !== userid));
  const add = async () => {
    try {
      await onAdd(chosen.map(({ userid }) => userid));
      onClose();
    } catch (error) {
      setFailed(explained(error));
    }
  };
  return html`
    <${Dialog} title=${title} onClose=${onClose}>
      <${PeopleField} label=${t("Name or user ID")} error=${failed} chosen=${chosen} without=${without} onChoose=${choose} onRemove=${remove} isFirst />
      <div class="dialog-actions">
        <button class="button" onClick=${onClose}>${t("Cancel")}</button>
        <button class="button primary" disabled=${chosen.length === 0} onClick=${add}>${t("Add")}</button>
      </div>
    <//>
  `;
}
