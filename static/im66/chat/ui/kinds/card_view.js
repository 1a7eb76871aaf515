// What a bot says in parts: nothing in it is more than a text, a link, a picture of this server, or a button.

import { html, useState } from "../../html.js";
import { ask } from "../../state/client.js";
import { explained } from "../../state/toasts.js";
import { newCid } from "../../../client/cids.js";
import { t } from "../../text/words.js";
import { CardPicture } from "./card_picture.js";
import { LinkedText } from "./text.js";

const IS_LINK = /^https?:\/\//;

/** @typedef {import("../../types.js").Card} Card */

/** @param {{ message: { id?: number, card: Card, edited?: number | null, forwarded?: object } }} props */
export const CardContent = ({ message: { id, card, edited, forwarded } }) => {
  const { title, text = "", url = "", fields = [], picture = "", actions = [] } = card;
  return html`
    <div class="bot-card">
      <${CardPicture} url=${picture} />
      <strong dir="auto">${IS_LINK.test(url) ? html`<a href=${url} target="_blank" rel="noopener noreferrer">${title}</a>` : title}</strong>
      ${text && html`<p class="text-said" dir="auto"><${LinkedText} text=${text} /></p>`}
      ${fields.length > 0 &&
      html`
        <dl>
          ${fields.map(({ name, value }, at) => html`<div key=${at}><dt dir="auto">${name}</dt><dd dir="auto"><${LinkedText} text=${value} /></dd></div>`)}
        </dl>
      `}
      ${id && !forwarded && actions.length > 0 && html`<${CardActions} key=${edited} id=${id} actions=${actions} />`}
    </div>
  `;
};

/** @typedef {{ action: string, state: "sending" | "sent" | "failed", text: string }} Pressed */

/** @param {{ id: number, actions: NonNullable<Card["actions"]> }} props */
function CardActions({ id, actions }) {
  const [pressed, setPressed] = useState(/** @type {Pressed | null} */ (null));
  const isSending = pressed?.state === "sending";
  /** @param {{ id: string, label: string }} action */
  const press = async ({ id: action, label }) => {
    if (isSending) return;
    setPressed({ action, state: "sending", text: "" });
    try {
      await ask({ cmd: "press", target: id, action, cid: newCid() });
      setPressed({ action, state: "sent", text: t("Sent: {label}", { label }) });
    } catch (error) {
      setPressed({ action, state: "failed", text: whyNot(error) });
    }
  };
  return html`
    <div class="bot-card-actions" role="group" aria-label=${t("Actions")}>
      ${actions.map(
        (one) => html`
          <button key=${one.id} class="button" data-state=${pressed?.action === one.id ? pressed.state : undefined} aria-disabled=${isSending} onClick=${() => press(one)}><bdi>${one.label}</bdi></button>
        `,
      )}
    </div>
    <p class="bot-card-said" role="status" data-failed=${pressed?.state === "failed" || undefined}>${pressed?.text}</p>
  `;
}

/** @param {unknown} error */
const whyNot = (error) =>
  /** @type {{ name?: string }} */ (error).name === "conflict" ? t("This button has no effect here.") : explained(error);
