// What a conversation has besides texts: pictures and videos, files, voice messages.

import { html, useState } from "../../html.js";
import { nameOf } from "../../state/people.js";
import { language } from "../../state/preferences.js";
import { show } from "../../state/route.js";
import { me } from "../../state/session.js";
import { kindNamed } from "../../text/kinds.js";
import { kindInWords } from "../../text/previews.js";
import { brief, moment } from "../../text/times.js";
import { t } from "../../text/words.js";
import { call } from "../../wire/api.js";
import { PAGE, messagesOf } from "../../wire/first_requests.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { useOlder } from "../parts/older.js";
import { Segments } from "../parts/segments.js";
import { mediaAt } from "../kinds/media.js";
import { useShown } from "../kinds/shown.js";

/** @typedef {import("../../types.js").Message} Shared */
/** @typedef {"picture,video" | "file" | "audio"} Kinds */

/** @param {{ conversation: string, onClose: () => void }} props */
export function SharedDialog({ conversation, onClose }) {
  const [kinds, setKinds] = useState(/** @type {Kinds} */ ("picture,video"));
  const open = (/** @type {Shared} */ { id }) => {
    onClose();
    show(conversation, id);
  };
  /** @type {{ value: Kinds, label: string }[]} */
  const options = [
    { value: "picture,video", label: t("Pictures and videos") },
    { value: "file", label: t("Files") },
    { value: "audio", label: t("Voice messages") },
  ];
  return html`
    <${Dialog} title=${t("Pictures, videos and files")} onClose=${onClose} class="shared">
      <${Segments} label=${t("Kind")} value=${kinds} options=${options} onChange=${setKinds} isPlain />
      <${SharedList} key=${kinds} conversation=${conversation} kinds=${kinds} onOpen=${open} />
    <//>
  `;
}

/** Newest first. @param {{ conversation: string, kinds: Kinds, onOpen: (message: Shared) => void }} props */
function SharedList({ conversation, kinds, onOpen }) {
  const none = { items: /** @type {Shared[]} */ ([]), more: true, before: /** @type {number | undefined} */ (undefined) };
  const { list, state, below } = useOlder(none, async (known) => {
    /** @type {{ items: Shared[], more: boolean }} */
    const { items, more } = await call("GET", messagesOf(conversation), { query: { kind: kinds, limit: PAGE, before: known.before } });
    return { items: [...known.items, ...items.toReversed().filter(isThere)], more, before: items[0]?.id ?? known.before };
  });
  const isList = kinds !== "picture,video";
  return html`
    ${list.items.length > 0 && html`<ul class=${isList ? "shared-list" : "shared-grid"}>${list.items.map((one) => html`<li key=${one.id}><${isList ? SharedRow : SharedTile} message=${one} onOpen=${onOpen} /></li>`)}</ul>`}
    ${state === "ready" && list.items.length === 0 && !list.more && html`<p class="panel-note" role="status">${t("Nothing yet.")}</p>`}
    ${below(list.more)}
  `;
}

/** What was recalled or erased is not. @param {Shared} message */
const isThere = ({ recalled, content }) => !recalled && Boolean(content);

/** @param {Shared} message */
const labelOf = ({ kind, from, time }) => `${kindInWords(kind)} ${from === me.value ? t("You") : nameOf(from)}, ${moment(time, language.value)}`;

/** @param {{ message: Shared, onOpen: (message: Shared) => void }} props */
function SharedTile({ message, onOpen }) {
  const url = mediaAt(message.content);
  return html`
    <button class="shared-tile" aria-label=${labelOf(message)} title=${labelOf(message)} onClick=${() => onOpen(message)}>
      ${url && kindNamed(message.kind).isPicture ? html`<${Small} url=${url} />` : html`<${Icon} name=${message.kind} />`}
    </button>
  `;
}

/** @param {{ url: string }} props */
function Small({ url }) {
  const { src, onError } = useShown(url);
  return src ? html`<img src=${src} alt="" loading="lazy" decoding="async" draggable=${false} onError=${onError} />` : html`<${Icon} name="picture" />`;
}

/** @param {{ message: Shared, onOpen: (message: Shared) => void }} props */
function SharedRow({ message, onOpen }) {
  const { kind, from, time } = message;
  const { icon = kind, name } = kindNamed(kind);
  return html`
    <button class="shared-row" onClick=${() => onOpen(message)}>
      <${Icon} name=${icon} />
      <span class="shared-what">
        <bdi class="shared-name">${name?.(message) ?? kindInWords(kind)}</bdi>
        <span class="shared-how"><bdi>${from === me.value ? t("You") : nameOf(from)}</bdi> · ${brief(time, language.value)}</span>
      </span>
    </button>
  `;
}
