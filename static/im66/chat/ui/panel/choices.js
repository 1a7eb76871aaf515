// What owners and admins choose for a group: its picture, and what config.choices has.

import { config } from "../../config.js";
import { html, useEffect, useRef, useState } from "../../html.js";
import { confirmationsOf, editGroup } from "../../state/group_actions.js";
import { nameIn } from "../../state/groups.js";
import { language } from "../../state/preferences.js";
import { complain, explained } from "../../state/toasts.js";
import { ofGroup } from "../../text/conversation_ids.js";
import { clock, day, moment } from "../../text/times.js";
import { translated, t } from "../../text/words.js";
import { upload } from "../../wire/uploading.js";
import { openDialog } from "../dialogs.js";
import { Avatar } from "../parts/avatar.js";
import { Dialog } from "../parts/dialog.js";
import { Switch } from "../parts/switch.js";
import { AvatarCrop } from "../profile/avatar_crop.js";

/** @typedef {import("../../types.js").Group} Group */
/** @typedef {import("../../state/group_actions.js").Confirmation} Asked */

/** What can be done with the picture. @param {{ about: Group }} props */
export function PictureChoice({ about }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const take = (/** @type {any} */ event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (file) openDialog(CropDialog, { id: about.id, file });
  };
  return html`
    <div class="card-actions">
      <input class="visually-hidden" type="file" accept="image/*" tabindex="-1" aria-hidden="true" ref=${input} onChange=${take} />
      <button class="button" onClick=${() => input.current?.click()}>${t("Change the picture")}</button>
      ${about.own_picture && html`<button class="button" onClick=${() => editGroup(about.id, { picture: "" }).catch(complain)}>${t("Remove the picture")}</button>`}
    </div>
  `;
}

/** @param {{ id: string, file: File, onClose: () => void }} props */
function CropDialog({ id, file, onClose }) {
  const use = async (/** @type {Blob} */ blob) => {
    const { url } = await upload(blob, { name: blob.type === "image/png" ? "group.png" : "group.jpg" });
    await editGroup(id, { picture: url });
    onClose();
  };
  return html`
    <${Dialog} title=${t("Choose the part to show")} onClose=${onClose} class="profile">
      <${AvatarCrop} file=${file} onUse=${use} onCancel=${onClose} />
    <//>
  `;
}

/** The switches of a part of the panel. @param {{ about: Group, part: "notice" | "newcomers" }} props */
export function Choices({ about, part }) {
  const values = new Map(Object.entries(about));
  return config.choices
    .filter((choice) => choice.part === part && (!choice.needs || values.get(choice.needs)))
    .map(({ name, label, on, off }) => {
      const set = (/** @type {boolean} */ isOn) => editGroup(about.id, { [name]: isOn ? on : off }).catch(complain);
      return html`<${Switch} key=${name} label=${translated(label)} isOn=${values.get(name) === on} onChange=${set} />`;
    });
}

/** @param {{ about: Group }} props */
export function NoticeChoices({ about }) {
  return html`
    <div class="panel-part">
      <${Choices} about=${about} part="notice" />
      ${about.confirm && html`<button class="button" aria-haspopup="dialog" onClick=${() => openDialog(ConfirmationsDialog, { id: about.id })}>${t("Who has confirmed")}</button>`}
    </div>
  `;
}

/** @param {{ id: string, onClose: () => void }} props */
function ConfirmationsDialog({ id, onClose }) {
  const [confirmations, setConfirmations] = useState(/** @type {Asked[] | null} */ (null));
  const [failed, setFailed] = useState("");
  useEffect(() => void confirmationsOf(id).then(setConfirmations, (error) => setFailed(explained(error))), [id]);
  const done = confirmations?.filter(({ time }) => time !== null) ?? [];
  const missing = confirmations?.filter(({ time }) => time === null) ?? [];
  return html`
    <${Dialog} title=${t("Who has confirmed")} onClose=${onClose}>
      ${failed && html`<p class="panel-error" role="alert">${failed}</p>`}
      ${!confirmations && !failed && html`<p role="status">${t("Loading…")}</p>`}
      ${confirmations && html`<${People} id=${id} title=${t("Not confirmed: {count}", { count: missing.length })} people=${missing} />`}
      ${confirmations && html`<${People} id=${id} title=${t("Confirmed: {count}", { count: done.length })} people=${done} />`}
    <//>
  `;
}

/** @param {{ id: string, title: string, people: Asked[] }} props */
function People({ id, title, people }) {
  return html`
    <section class="panel-part">
      <h3>${title}</h3>
      <ul class="people" aria-label=${title}>
        ${people.map(({ userid, avatar, time }) => {
          const name = nameIn(ofGroup(id), userid);
          return html`
            <li key=${userid} class="people-row">
              <${Avatar} src=${avatar} name=${name} id=${userid} userid=${userid} size="small" />
              <span class="people-name"><bdi>${name}</bdi></span>
              ${time !== null && html`<time class="panel-note" title=${moment(time, language.value)}>${day(time, language.value)} ${clock(time, language.value)}</time>`}
            </li>
          `;
        })}
      </ul>
    </section>
  `;
}
