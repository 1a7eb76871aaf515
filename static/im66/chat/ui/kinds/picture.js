import { html } from "../../html.js";
import { register } from "../../text/kinds.js";
import { fitted, isLong, shownAs, sizeIn } from "../../text/media_urls.js";
import { t } from "../../text/words.js";
import { openDialog } from "../dialogs.js";
import { Viewer } from "../seldom.js";
import { Broken } from "./broken.js";
import { media, mediaAt } from "./media.js";
import { useShown } from "./shown.js";

const BOX = { width: 300, height: 320 };
const UNKNOWN = { width: 240, height: 180 };
// Of a long one, the upper part is shown in this room.
const LONG = { minWidth: 120, maxWidth: 220, height: 300 };

/** @param {Event} event */
const isThere = (event) => void (/** @type {HTMLElement} */ (event.currentTarget).dataset.there = "");

/**
 * A picture in the room that it will take, before it is there. A click shows it large.
 *
 * @param {{ url: string, id?: number, timeline: import("../../state/timeline.js").Timeline }} props
 */
function PictureContent({ url, id, timeline }) {
  const { src, onError, retry } = useShown(url);
  if (!src) return html`<${Broken} icon="picture" text=${t("This picture cannot be shown.")} onRetry=${retry} original=${url} />`;
  const size = sizeIn(url) ?? UNKNOWN;
  const isCut = isLong(size) && size.height > BOX.height;
  const { width, height } = isCut ? upperPart(size) : fitted(size, BOX);
  const open = () => (id === undefined ? void window.open(url, "_blank", "noopener") : openDialog(Viewer, { timeline, id }));
  return html`
    <button class="picture" data-cut=${isCut || undefined} aria-label=${isCut ? t("Open the long picture") : t("Open the picture")} onClick=${open} style=${{ width, aspectRatio: `${width} / ${height}` }}>
      <img src=${src} alt=${t("Picture")} width=${width} height=${height} loading="lazy" decoding="async" draggable=${false} onLoad=${isThere} onError=${onError} />
      ${isCut && html`<span class="picture-long">${t("Long picture")}</span>`}
    </button>
  `;
}

/** @param {{ width: number }} size */
const upperPart = ({ width }) => ({ width: Math.min(LONG.maxWidth, Math.max(LONG.minWidth, width)), height: LONG.height });

register("picture", {
  ...media((url, { id }, timeline) => html`<${PictureContent} url=${url} id=${id} timeline=${timeline} />`),
  isPicture: true,
  sticker(content) {
    const url = mediaAt(content);
    return { src: url ? shownAs(url)[0] : undefined, name: "" };
  },
});
