// What a message says, by its kind.

import { html, useEffect, useState } from "../../../html.js";
import { config } from "../../../config.js";
import { soughtIn } from "../../../state/highlighted.js";
import { me } from "../../../state/session.js";
import { fileAt, fitted, isLong, posterOf, renewedIn, sizeIn } from "../../../text/media_urls.js";
import { kindInWords, previewOf } from "../../../text/previews.js";
import { inReadersLanguage } from "../../../text/service_texts.js";
import { counted, t } from "../../../text/words.js";
import { EmotionContent } from "./emotion.js";
import { BundleDialog, CardContent, FileContent, LinkPreview, PlaceContent, Viewer } from "../../seldom.js";
import { LinkedText, TextContent } from "./text.js";
import { VoiceContent } from "./voice.js";
import { openDialog } from "../../dialogs.js";
import { Broken } from "./broken.js";
import { useShown } from "./shown.js";

/** @typedef {Pick<import("../../../types.js").Message, "kind" | "content" | "place" | "card" | "file" | "bundle" | "edited" | "forwarded" | "preview"> & { id?: number, from?: string, conversation?: string }} Said   `id`, `from`: if it is sent */
/** @typedef {import("../../../state/timeline.js").Timeline} Timeline */

/** @param {{ message: Said, timeline: Timeline, meta: any }} props */
export function Content({ message, timeline, meta }) {
  const draw = Object.hasOwn(DRAWN, message.kind) ? DRAWN[message.kind] : Unknown;
  const { preview, id } = message;
  if (!preview) return draw({ message, timeline, meta });
  return html`${draw({ message, timeline, meta })}<${LinkPreview} preview=${preview} /><${Renewed} url=${preview.picture ?? ""} id=${id} timeline=${timeline} />`;
}

/** @typedef {(props: { message: Said, timeline: Timeline, meta: any }) => any} Draw */

/** A kind that only a later version draws. @type {Draw} */
const Unknown = ({ message, meta }) => html`<div class="text quiet">${kindInWords(message.kind)}${meta}</div>`;

/** A file, unless it is none of this server's. @param {(url: string, props: Parameters<Draw>[0]) => any} draw @returns {Draw} */
const file = (draw) => (props) => {
  const { kind, content = "" } = props.message;
  const url = fileAt(content, location.origin, config.urls.media);
  if (!url) return html`<${Elsewhere} kind=${kind} text=${content} meta=${props.meta} />`;
  return html`${draw(url, props)}<${Renewed} url=${url} id=${props.message.id} timeline=${props.timeline} />${props.meta}`;
};

/** The first address in it; empty if there is none. @param {import("../../../types.js").Bundle} bundle */
const firstIn = ({ items }) => items.find(({ kind }) => kind !== "text" && kind !== "emotion")?.content ?? "";

/** How each kind is drawn. @type {Record<string, Draw>} */
const DRAWN = {
  text: ({ message: { content = "", from, id }, timeline, meta }) =>
    html`<${TextContent} text=${from === config.service ? inReadersLanguage(content) : content} meta=${meta} ...${soughtIn(timeline.conversation, id)} />`,
  emotion: ({ message: { content = "" }, meta }) => html`<${EmotionContent} code=${content} meta=${meta} />`,
  bundle: (props) => (props.message.bundle ? html`<${BundleContent} bundle=${props.message.bundle} meta=${props.meta} /><${Renewed} url=${firstIn(props.message.bundle)} id=${props.message.id} timeline=${props.timeline} />` : Unknown(props)),
  card: ({ message, timeline, meta }) =>
    message.card ? html`<${CardContent} message=${message} /><${Renewed} url=${message.card.picture ?? ""} id=${message.id} timeline=${timeline} />${meta}` : html`<${TextContent} text=${message.content ?? ""} meta=${meta} />`,
  location: ({ message: { content = "", place }, meta }) => html`<${PlaceContent} content=${content} place=${place} meta=${meta} />`,
  picture: file((url, { message: { id }, timeline }) => html`<${PictureContent} url=${url} id=${id} timeline=${timeline} />`),
  audio: file((url, { message: { id, from } }) => html`<${VoiceContent} url=${url} unheard=${from !== me.value ? id : 0} />`),
  file: (props) => (props.message.file ? html`<${FileContent} message=${props.message} /><${Renewed} url=${props.message.file.preview ?? ""} id=${props.message.id} timeline=${props.timeline} />${props.meta}` : Unknown(props)),
  video: file((url) => html`<${VideoContent} url=${url} />`),
};

/** What is named as a file, but is none of this server's. @param {{ kind: string, text: string, meta: any }} props */
function Elsewhere({ kind, text, meta }) {
  return html`
    <p class="quiet">${kindInWords(kind)} ${t("It is not on this server, so it is not loaded.")}</p>
    <div class="text"><${LinkedText} text=${text} />${meta}</div>
  `;
}

const AGAIN_AFTER = 30_000;
// A timer takes no more.
const LONGEST = 2 ** 31 - 1;

/**
 * Asks for the address of a file anew before it expires, as long as it is shown.
 *
 * @param {{ url: string, id?: number, timeline: import("../../../state/timeline.js").Timeline }} props
 */
function Renewed({ url, id, timeline }) {
  useEffect(() => {
    const delay = 1000 * renewedIn(url, Date.now() / 1000);
    if (id === undefined || delay > LONGEST) return undefined;
    let timer = setTimeout(renew, delay);
    let isGone = false;
    async function renew() {
      if (!(await timeline.freshen(/** @type {number} */ (id))) && !isGone) timer = setTimeout(renew, AGAIN_AFTER);
    }
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [url]);
  return null;
}

const FIRST = 4;

/** Several messages in one: a card with the first of them, which opens all. @param {{ bundle: import("../../../types.js").Bundle, meta: any }} props */
function BundleContent({ bundle, meta }) {
  const { title, items } = bundle;
  return html`
    <button class="bundle" aria-haspopup="dialog" onClick=${() => openDialog(BundleDialog, { bundle })}>
      <strong dir="auto">${title}</strong>
      ${items.slice(0, FIRST).map((item, at) => html`<span class="bundle-line" key=${at} dir="auto">${item.nickname || item.from}: ${previewOf(item)}</span>`)}
      <span class="bundle-count">${kindInWords("bundle")} · ${counted(items.length, "1 message", "{count} messages")}</span>
    </button>
    <div class="text">${meta}</div>
  `;
}

const VIDEO_BOX = { width: 320, height: 320 };
const UNKNOWN_VIDEO = { width: 320, height: 180 };

/** A video behind its poster: nothing else is loaded until it is played. @param {{ url: string }} props */
function VideoContent({ url }) {
  const [isBroken, setBroken] = useState(false);
  if (isBroken) return html`<${Broken} icon="video" text=${t("This video cannot be played.")} onRetry=${() => setBroken(false)} />`;
  const { width, height } = fitted(sizeIn(url) ?? UNKNOWN_VIDEO, VIDEO_BOX);
  return html`
    <video class="video" aria-label=${t("Video")} src=${url} poster=${posterOf(url)} controls preload="none" playsinline width=${width} height=${height} style=${{ width, aspectRatio: `${width} / ${height}` }} onError=${() => setBroken(true)} />
  `;
}

const PICTURE_BOX = { width: 300, height: 320 };
const UNKNOWN_PICTURE = { width: 240, height: 180 };
// Of a long one, the upper part is shown in this room.
const LONG_PICTURE = { minWidth: 120, maxWidth: 220, height: 300 };

/** @param {Event} event */
const isThere = (event) => void (/** @type {HTMLElement} */ (event.currentTarget).dataset.there = "");

/**
 * A picture in the room that it will take, before it is there. A click shows it large.
 *
 * @param {{ url: string, id?: number, timeline: import("../../../state/timeline.js").Timeline }} props
 */
function PictureContent({ url, id, timeline }) {
  const { src, onError, retry } = useShown(url);
  if (!src) return html`<${Broken} icon="picture" text=${t("This picture cannot be shown.")} onRetry=${retry} original=${url} />`;
  const size = sizeIn(url) ?? UNKNOWN_PICTURE;
  const isCut = isLong(size) && size.height > PICTURE_BOX.height;
  const { width, height } = isCut ? upperPart(size) : fitted(size, PICTURE_BOX);
  const open = () => id !== undefined && openDialog(Viewer, { timeline, id });
  return html`
    <button class="picture" data-cut=${isCut || undefined} aria-label=${isCut ? t("Open the long picture") : t("Open the picture")} onClick=${open} style=${{ width, aspectRatio: `${width} / ${height}` }}>
      <img src=${src} alt=${t("Picture")} width=${width} height=${height} loading="lazy" decoding="async" draggable=${false} onLoad=${isThere} onError=${onError} />
      ${isCut && html`<span class="picture-long">${t("Long picture")}</span>`}
    </button>
  `;
}

/** @param {{ width: number }} size */
const upperPart = ({ width }) => ({ width: Math.min(LONG_PICTURE.maxWidth, Math.max(LONG_PICTURE.minWidth, width)), height: LONG_PICTURE.height });
