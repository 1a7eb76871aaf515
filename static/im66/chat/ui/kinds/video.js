import { html, useState } from "../../html.js";
import { register } from "../../text/kinds.js";
import { fitted, posterOf, sizeIn } from "../../text/media_urls.js";
import { t } from "../../text/words.js";
import { Broken } from "./broken.js";
import { media } from "./media.js";

const BOX = { width: 320, height: 320 };
const UNKNOWN = { width: 320, height: 180 };

/** A video behind its poster: nothing else is loaded until it is played. @param {{ url: string }} props */
function VideoContent({ url }) {
  const [isBroken, setBroken] = useState(false);
  if (isBroken) return html`<${Broken} icon="video" text=${t("This video cannot be played.")} onRetry=${() => setBroken(false)} />`;
  const { width, height } = fitted(sizeIn(url) ?? UNKNOWN, BOX);
  return html`
    <video class="video" aria-label=${t("Video")} src=${url} poster=${posterOf(url)} controls preload="none" playsinline width=${width} height=${height} style=${{ width, aspectRatio: `${width} / ${height}` }} onError=${() => setBroken(true)} />
  `;
}

register("video", media((url) => html`<${VideoContent} url=${url} />`));
