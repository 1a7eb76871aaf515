// The picture above a card: one of this server, or none.

import { html, useState } from "../../html.js";
import { fitted, shownAs, sizeIn } from "../../text/media_urls.js";
import { mediaAt } from "./media.js";

const BOX = { width: 280, height: 200 };

/** @param {{ url: string }} props */
export function CardPicture({ url }) {
  const [isBroken, setBroken] = useState(false);
  const from = mediaAt(url);
  const src = from && shownAs(from)[0];
  if (!src || isBroken) return null;
  const { width, height } = fitted(sizeIn(from) ?? BOX, BOX);
  return html`<img src=${src} alt="" width=${width} height=${height} loading="lazy" decoding="async" draggable=${false} onError=${() => setBroken(true)} />`;
}
