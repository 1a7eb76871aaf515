// The square of a picture that becomes one's own: dragged, zoomed, or both by keyboard.

import { html, useEffect, useState } from "../../html.js";
import { explained } from "../../state/toasts.js";
import { MOST_ZOOM, uncropped, zoomed } from "../../text/cropping.js";
import { t } from "../../text/words.js";
import { Icon } from "../parts/icon.js";
import { CropCanvas } from "./crop_canvas.js";
import { cut } from "./cutting.js";

/** @typedef {import("../../text/cropping.js").Crop} Crop */

/** @param {{ file: File, onUse: (blob: Blob) => Promise<void>, onCancel: () => void }} props */
export function AvatarCrop({ file, onUse, onCancel }) {
  const { picture, isBroken } = usePicture(file);
  if (isBroken) {
    return html`
      <p class="field-error" role="alert">${t("This picture cannot be read. Choose a JPEG, PNG, GIF or WebP.")}</p>
      <div class="dialog-actions"><button class="button" onClick=${onCancel}>${t("Back")}</button></div>
    `;
  }
  if (!picture) return html`<p role="status">${t("Opening the picture…")}</p>`;
  return html`<${Cropping} picture=${picture} type=${file.type} onUse=${onUse} onCancel=${onCancel} />`;
}

/** @param {{ picture: ImageBitmap, type: string, onUse: (blob: Blob) => Promise<void>, onCancel: () => void }} props */
function Cropping({ picture, type, onUse, onCancel }) {
  const [crop, setCrop] = useState(() => uncropped(picture));
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const use = async () => {
    setBusy(true);
    try {
      await onUse(await cut(picture, crop, type));
    } catch (failed) {
      setError(explained(failed));
      setBusy(false);
    }
  };
  const zoom = (/** @type {any} */ event) => setCrop(zoomed(picture, crop, Number(event.target.value)));
  return html`
    <${CropCanvas} picture=${picture} crop=${crop} onCrop=${setCrop} />
    <label class="crop-zoom">
      <${Icon} name="minus" />
      <input type="range" min="1" max=${MOST_ZOOM} step="0.05" value=${crop.zoom} aria-label=${t("Zoom")} onInput=${zoom} />
      <${Icon} name="plus" />
    </label>
    ${error && html`<p class="field-error" role="alert">${error}</p>`}
    <div class="dialog-actions">
      <button class="button" onClick=${onCancel}>${t("Back")}</button>
      <button class="button primary" disabled=${isBusy} onClick=${use}>${isBusy ? t("Uploading…") : t("Use this picture")}</button>
    </div>
  `;
}

/** @param {File} file */
function usePicture(file) {
  const [picture, setPicture] = useState(/** @type {ImageBitmap | null} */ (null));
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    createImageBitmap(file).then(setPicture, () => setBroken(true));
  }, [file]);
  return { picture, isBroken };
}
