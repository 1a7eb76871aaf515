import { html } from "../../html.js";
import { t } from "../../text/words.js";
import { Avatar } from "../parts/avatar.js";
import { Icon } from "../parts/icon.js";

/** People who have been chosen. @param {{ people: import("../../types.js").Profile[], onRemove?: (userid: string) => void }} props */
export function Chips({ people, onRemove }) {
  return html`
    <ul class="chips" aria-label=${t("Chosen")}>
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
