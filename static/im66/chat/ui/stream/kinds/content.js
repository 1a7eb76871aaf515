// What a message says, by its kind.

import { html } from "../../../html.js";
import { config } from "../../../config.js";
import { soughtIn } from "../../../state/highlighted.js";
import { fileAt } from "../../../text/media_urls.js";
import { inReadersLanguage } from "../../../text/service_texts.js";
import { t } from "../../../text/words.js";
import { EmotionContent } from "./emotion.js";
import { LinkedText, TextContent } from "./text.js";
import { PictureContent } from "./picture.js";
import { VideoContent } from "./video.js";
import { VoiceContent } from "./voice.js";

/** @typedef {Pick<import("../../../types.js").Message, "kind" | "content"> & { id?: number, from?: string }} Said   `id`, `from`: if it is sent */
/** @typedef {import("../../../state/timeline.js").Timeline} Timeline */

/** @param {{ message: Said, timeline: Timeline, meta: any }} props */
export function Content({ message, timeline, meta }) {
  const { kind, content = "", from, id } = message;
  if (kind === "text") return html`<${TextContent} text=${from === config.service ? inReadersLanguage(content) : content} meta=${meta} ...${soughtIn(timeline.conversation, id)} />`;
  if (kind === "emotion") return html`<${EmotionContent} code=${content} meta=${meta} />`;
  const url = fileAt(content, location.origin, config.urls.media);
  if (!url) return html`<${Elsewhere} kind=${kind} text=${content} meta=${meta} />`;
  if (kind === "picture") return html`<${PictureContent} url=${url} id=${id} timeline=${timeline} />${meta}`;
  if (kind === "audio") return html`<${VoiceContent} url=${url} />${meta}`;
  return html`<${VideoContent} url=${url} />${meta}`;
}

/** What is named as a file, but is none of this server's. @param {{ kind: string, text: string, meta: any }} props */
function Elsewhere({ kind, text, meta }) {
  const label = { picture: t("[Picture]"), audio: t("[Voice message]"), video: t("[Video]") }[kind] ?? "";
  return html`
    <p class="quiet">${label} ${t("It is not on this server, so it is not loaded.")}</p>
    <div class="text"><${LinkedText} text=${text} />${meta}</div>
  `;
}
