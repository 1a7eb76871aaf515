// One's own name and picture.

import { html, useState, useRef } from "../../html.js";
import { config } from "../../config.js";
import { learn } from "../../state/people.js";
import { me, myself } from "../../state/session.js";
import { explained, say, complain } from "../../state/toasts.js";
import { t } from "../../text/words.js";
import { call } from "../../wire/api.js";
import { upload } from "../../wire/uploading.js";
import { Dialog } from "../parts/dialog.js";
import { Field } from "../parts/field.js";
import { AvatarCrop } from "./avatar_crop.js";
import { Avatar, isStandard } from "../parts/avatar.js";
import { Icon } from "../parts/icon.js";

const LONGEST = 100;

/** @param {{ onClose: () => void }} props */
export function ProfileDialog({ onClose }) {
  const [file, setFile] = useState(/** @type {File | null} */ (null));
  const back = () => setFile(null);
  return html`
    <${Dialog} title=${file ? t("Choose the part to show") : t("Profile")} onClose=${onClose} class="profile">
      ${file
        ? html`<${AvatarCrop} file=${file} onUse=${(/** @type {Blob} */ blob) => keepPicture(blob).then(back)} onCancel=${back} />`
        : html`
            <${OwnPicture} onFile=${setFile} onRemove=${() => change({ avatar: "" })} />
            <${NameForm} onClose=${onClose} />
            <p class="profile-userid">${t("{name}: {words}", { name: t("User ID"), words: "" })}<bdi>${me.value}</bdi></p>
            ${config.mode === "token" && html`<a href=${config.urls.password}>${t("Change password")}</a>`}
          `}
    <//>
  `;
}

/** @param {{ onClose: () => void }} props */
function NameForm({ onClose }) {
  const [name, setName] = useState(myself.value.nickname);
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await change({ nickname: name.trim() });
      onClose();
      say(t("Saved."));
    } catch (failed) {
      setError(nicknameError(failed));
    } finally {
      setBusy(false);
    }
  };
  return html`
    <form class="profile-form" onSubmit=${submit}>
      <${Field} label=${t("Nickname")} value=${name} onInput=${setName} error=${error} hint=${t("Others see it. Without one they see your user ID.")} maxlength=${LONGEST} autocomplete="nickname" />
      <div class="dialog-actions"><button class="button primary" disabled=${isBusy || name === myself.value.nickname}>${t("Save")}</button></div>
    </form>
  `;
}

/** @param {unknown} failed */
const nicknameError = (failed) =>
  /** @type {import("../../../client/failure.js").Failure} */ (failed).fields?.nickname ?? explained(failed);

/** Raises Failure. @param {Blob} blob */
async function keepPicture(blob) {
  const { url } = await upload(blob, { name: blob.type === "image/png" ? "avatar.png" : "avatar.jpg" });
  await change({ avatar: url });
}

/** Raises Failure. @param {{ nickname?: string, avatar?: string }} changes */
async function change(changes) {
  learn(await call("PATCH", "me", { body: changes }));
}

/** One's picture, and what can be done with it. @param {{ onFile: (file: File) => void, onRemove: () => Promise<void> }} props */
function OwnPicture({ onFile, onRemove }) {
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
