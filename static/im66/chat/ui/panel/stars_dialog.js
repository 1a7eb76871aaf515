// The messages that the user has starred, of all conversations, newest first.

import { html } from "../../html.js";
import { conversations, titleOf } from "../../state/conversations.js";
import { nameOf } from "../../state/people.js";
import { language } from "../../state/preferences.js";
import { show } from "../../state/route.js";
import { me } from "../../state/session.js";
import { loadStars, setStarred } from "../../state/stars.js";
import { complain } from "../../state/toasts.js";
import { previewOf } from "../../text/previews.js";
import { brief } from "../../text/times.js";
import { t } from "../../text/words.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { useOlder } from "../parts/older.js";

/** @typedef {import("../../types.js").Message} Message */

/** @param {{ onClose: () => void }} props */
export function StarsDialog({ onClose }) {
  const none = { items: /** @type {Message[]} */ ([]), before: /** @type {number | undefined} */ (undefined) };
  const { list, setList, state, below } = useOlder(none, async (known) => {
    const { items, before } = await loadStars(known.before);
    return { items: [...known.items, ...items], before };
  });
  const open = (/** @type {Message} */ { conversation, id }) => {
    onClose();
    show(conversation, id);
  };
  const unstar = async (/** @type {Message} */ message) => {
    try {
      await setStarred(message, false);
      setList((now) => ({ ...now, items: now.items.filter(({ id }) => id !== message.id) }));
    } catch (error) {
      complain(error);
    }
  };
  return html`
    <${Dialog} title=${t("Starred messages")} onClose=${onClose} class="shared">
      ${list.items.length > 0 && html`<ul class="shared-list">${list.items.map((one) => html`<${StarRow} key=${one.id} message=${one} onOpen=${open} onUnstar=${unstar} />`)}</ul>`}
      ${state === "ready" && list.items.length === 0 && !list.before && html`<p class="panel-note" role="status">${t("Nothing yet. Star a message in its menu to find it here.")}</p>`}
      ${below(Boolean(list.before))}
    <//>
  `;
}

/** @param {{ message: Message, onOpen: (message: Message) => void, onUnstar: (message: Message) => void }} props */
function StarRow({ message, onOpen, onUnstar }) {
  const { conversation, from, time } = message;
  const there = conversations.value.get(conversation);
  const who = from === me.value ? t("You") : nameOf(from);
  const isNamed = !there || titleOf(there) === who;
  return html`
    <li class="star-row">
      <button class="shared-row" onClick=${() => onOpen(message)}>
        <span class="shared-what">
          <bdi class="shared-name">${previewOf(message)}</bdi>
          <span class="shared-how"><bdi>${who}</bdi> · ${!isNamed && html`<bdi>${there && titleOf(there)}</bdi> · `}${brief(time, language.value)}</span>
        </span>
      </button>
      <button class="icon-button" aria-label=${t("Unstar")} title=${t("Unstar")} onClick=${() => onUnstar(message)}><${Icon} name="close" /></button>
    </li>
  `;
}
