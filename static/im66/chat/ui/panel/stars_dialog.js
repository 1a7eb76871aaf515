// The messages that the user has starred, of all conversations, newest first.

import { html, useEffect, useState } from "../../html.js";
import { conversations, titleOf } from "../../state/conversations.js";
import { nameOf } from "../../state/people.js";
import { language } from "../../state/preferences.js";
import { show } from "../../state/route.js";
import { me } from "../../state/session.js";
import { loadStars, setStarred } from "../../state/stars.js";
import { complain, explained } from "../../state/toasts.js";
import { previewOf } from "../../text/previews.js";
import { brief } from "../../text/times.js";
import { t } from "../../text/words.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";

/** @typedef {import("../../types.js").Message} Message */

/** @param {{ onClose: () => void }} props */
export function StarsDialog({ onClose }) {
  const [found, setFound] = useState({ items: /** @type {Message[]} */ ([]), before: /** @type {number | undefined} */ (undefined) });
  const [state, setState] = useState("asking");
  const [failed, setFailed] = useState("");
  useEffect(() => {
    if (state !== "asking") return;
    let isGone = false;
    loadStars(found.before).then(
      ({ items, before }) => {
        if (isGone) return;
        setFound({ items: [...found.items, ...items], before });
        setState("ready");
      },
      (error) => {
        if (isGone) return;
        setFailed(explained(error));
        setState("failed");
      },
    );
    return () => void (isGone = true);
  }, [state]);
  const open = (/** @type {Message} */ { conversation, id }) => {
    onClose();
    show(conversation, id);
  };
  const unstar = async (/** @type {Message} */ message) => {
    try {
      await setStarred(message, false);
      setFound((now) => ({ ...now, items: now.items.filter(({ id }) => id !== message.id) }));
    } catch (error) {
      complain(error);
    }
  };
  return html`
    <${Dialog} title=${t("Starred messages")} onClose=${onClose} class="shared">
      ${found.items.length > 0 && html`<ul class="shared-list">${found.items.map((one) => html`<${Row} key=${one.id} message=${one} onOpen=${open} onUnstar=${unstar} />`)}</ul>`}
      ${state === "ready" && found.items.length === 0 && !found.before && html`<p class="panel-note" role="status">${t("Nothing yet. Star a message in its menu to find it here.")}</p>`}
      ${state === "asking" && html`<p class="panel-note" role="status">${t("Loading…")}</p>`}
      ${state === "failed" && html`<p class="panel-error" role="alert">${failed}</p>`}
      ${(state === "failed" || (state === "ready" && found.before)) && html`<button class="button" onClick=${() => setState("asking")}>${state === "failed" ? t("Try again") : t("Show older")}</button>`}
    <//>
  `;
}

/** @param {{ message: Message, onOpen: (message: Message) => void, onUnstar: (message: Message) => void }} props */
function Row({ message, onOpen, onUnstar }) {
  const { conversation, from, time } = message;
  const there = conversations.value.get(conversation);
  const who = from === me.value ? t("You") : nameOf(from);
  const isSaid = !there || titleOf(there) === who;
  return html`
    <li class="star-row">
      <button class="shared-row" onClick=${() => onOpen(message)}>
        <span class="shared-what">
          <bdi class="shared-name">${previewOf(message)}</bdi>
          <span class="shared-how"><bdi>${who}</bdi> · ${!isSaid && html`<bdi>${there && titleOf(there)}</bdi> · `}${brief(time, language.value)}</span>
        </span>
      </button>
      <button class="icon-button" aria-label=${t("Unstar")} title=${t("Unstar")} onClick=${() => onUnstar(message)}><${Icon} name="close" /></button>
    </li>
  `;
}
