// Asks the browser where the user is, shows it, and sends it if the user wants that.

import { html, useEffect, useState } from "../../html.js";
import { client } from "../../state/client.js";
import { contentOf } from "../../text/maps.js";
import { t } from "../../text/words.js";
import { Dialog } from "../parts/dialog.js";
import { Field } from "../parts/field.js";
import { PlaceContent } from "./location_view.js";

const MAX_NAME = 100;
const SECONDS = 20;
// What the browser calls a refusal by its user.
const REFUSED = 1;

/** @typedef {{ content: string, metres: number }} Position */

/** @param {{ conversation: string, reply?: number, onClose: () => void, onSent: () => void }} props */
export function PlaceDialog({ conversation, reply, onClose, onSent }) {
  const { position, why, again } = useWhere();
  const [name, setName] = useState("");
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!position) return;
    const place = { name: name.trim(), address: "" };
    client.value?.outbox.add({ to: conversation, kind: "location", content: position.content, place, reply });
    onSent();
    onClose();
  };
  return html`
    <${Dialog} title=${t("Send your location")} onClose=${onClose} class="dialog-small place-dialog">
      ${why && html`<p role="alert">${why}</p>`}
      ${!why && !position && html`<p role="status">${t("Getting your location…")}</p>`}
      ${position &&
      html`
        <form id="place" class="place-form" onSubmit=${send}>
          <${PlaceContent} content=${position.content} place=${{ name, address: "" }} />
          <p class="field-hint">${t("Accurate to about {metres} m.", { metres: position.metres })}</p>
          <${Field} label=${t("Name of the place (optional)")} value=${name} onInput=${setName} maxlength=${MAX_NAME} />
        </form>
      `}
      <div class="dialog-actions">
        <button class="button" onClick=${onClose}>${t("Cancel")}</button>
        ${why ? html`<button class="button primary" onClick=${again}>${t("Try again")}</button>` : html`<button class="button primary" form="place" disabled=${!position}>${t("Send")}</button>`}
      </div>
    <//>
  `;
}

function useWhere() {
  const [tries, setTries] = useState(1);
  const [position, setPosition] = useState(/** @type {Position | null} */ (null));
  const [why, setWhy] = useState("");
  useEffect(() => {
    let isGone = false;
    setWhy("");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => isGone || setPosition({ content: contentOf(coords), metres: Math.max(1, Math.round(coords.accuracy)) }),
      ({ code }) => isGone || setWhy(code === REFUSED ? t("Location access is blocked. Allow it in the browser's settings for this page.") : t("Your location could not be found.")),
      { enableHighAccuracy: true, timeout: SECONDS * 1000, maximumAge: 60_000 },
    );
    return () => void (isGone = true);
  }, [tries]);
  return { position, why, again: () => setTries(tries + 1) };
}
