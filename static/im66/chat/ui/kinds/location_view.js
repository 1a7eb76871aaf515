// A place: its name and a link to a map; with the operator's tiles, a picture of the map.

import { html } from "../../html.js";
import { config } from "../../config.js";
import { mapAt, pointOf, tilesAround } from "../../text/maps.js";
import { kindInWords } from "../../text/previews.js";
import { t } from "../../text/words.js";
import { Icon } from "../parts/icon.js";

const SIZE = { width: 256, height: 128 };

/** @typedef {import("../../types.js").Place} Place */

/** @param {{ content: string, place?: Place, meta?: any }} props */
export function PlaceContent({ content, place, meta }) {
  const point = pointOf(content);
  if (!point) return html`<div class="text quiet">${kindInWords("location")}${meta}</div>`;
  const name = place?.name || place?.address || t("Location");
  const more = place?.name && place.address ? place.address : content;
  return html`
    <a class="place" href=${mapAt(config.map.url, point)} target="_blank" rel="noopener noreferrer">
      ${config.map.tiles && html`<${Tiles} point=${point} />`}
      <span class="place-said">
        <${Icon} name="place" />
        <span><strong dir="auto">${name}</strong><span class="place-more" dir="auto">${more}</span></span>
      </span>
    </a>
    ${meta}
  `;
}

/** @param {Event} event */
const hide = (event) => void (/** @type {HTMLElement} */ (event.currentTarget).hidden = true);

/** @param {{ point: import("../../text/maps.js").Point }} props */
const Tiles = ({ point }) => html`
  <span class="place-map" style=${{ aspectRatio: `${SIZE.width} / ${SIZE.height}` }}>
    ${tilesAround(config.map.tiles, point, SIZE).map(
      ({ url, left, top }) => html`<img key=${url} src=${url} alt="" loading="lazy" decoding="async" draggable=${false} style=${{ left, top }} onError=${hide} />`,
    )}
    <${Icon} name="place" />
  </span>
`;
