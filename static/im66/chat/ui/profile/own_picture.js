import { html, useRef } from "../../html.js";
import { me, myself } from "../../state/session.js";
import { complain } from "../../state/toasts.js";
import { t } from "../../text/words.js";
import { Avatar, isStandard } from "../parts/avatar.js";
import { Icon } from "../parts/icon.js";

/** One's picture, and what can be done with it. @param {{ onFile: (file: File) => void, onRemove: () => Promise<void> }} props */
export function OwnPicture({ onFile, onRemove }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const { avatar, nickname } = myself.value;
  const hasOne = avatar && !isStandard(avatar);
  const take = (/** @type {any} */ event) => {
    const [file] = event.target.files;
    if (file) onFile(file);
  };
  return html`
    <div class="own-picture">
      <${Avatar} src=${avatar} name=${nickname || me.value} id=${me.value} size="large" />
      <div class="own-picture-actions">
        <button class="button" onClick=${() => input.current?.click()}><${Icon} name="picture" />${t("Change picture")}</button>
        ${hasOne && html`<button class="button" onClick=${() => void onRemove().catch(complain)}>${t("Remove picture")}</button>`}
        <input ref=${input} type="file" accept="image/*" hidden aria-label=${t("Picture")} onChange=${take} />
      </div>
    </div>
  `;
}
