// What a message says, by its kind.

import { html } from "../../../html.js";
import { config } from "../../../config.js";
import { soughtIn } from "../../../state/highlighted.js";
import { me } from "../../../state/session.js";
import { fileAt } from "../../../text/media_urls.js";
import { kindInWords } from "../../../text/previews.js";
import { inReadersLanguage } from "../../../text/service_texts.js";
import { t } from "../../../text/words.js";
import { BundleContent } from "./bundle.js";
import { EmotionContent } from "./emotion.js";
import { CardContent, FileContent, LinkPreview, PlaceContent } from "../../seldom.js";
import { LinkedText, TextContent } from "./text.js";
import { Renewed } from "./renewed.js";
import { PictureContent } from "./picture.js";
import { VideoContent } from "./video.js";
import { VoiceContent } from "./voice.js";

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
