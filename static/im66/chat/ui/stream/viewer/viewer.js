// One picture over the whole page, and the way to the others of its conversation.

import { html, useEffect, useRef, useState } from "../../../html.js";
import { nameOf } from "../../../state/people.js";
import { language } from "../../../state/preferences.js";
import { kindNamed } from "../../../text/kinds.js";
import { isLong, sizeIn } from "../../../text/media_urls.js";
import { isMessage } from "../../../text/sequence.js";
import { moment } from "../../../text/times.js";
import { t } from "../../../text/words.js";
import { Icon } from "../../parts/icon.js";
import { mediaAt } from "../../kinds/media.js";
import { useShown } from "../../kinds/shown.js";

/** @typedef {import("../../../types.js").Message} Message */
/** @typedef {import("../../../state/timeline.js").Timeline} Timeline */

// How many pages to look through for the picture before the first.
const PAGES = 5;

/** @param {{ timeline: Timeline, id: number, onClose: () => void }} props */
export function Viewer({ timeline, id, onClose }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [shown, setShown] = useState(id);
  const [scale, setScale] = useState(1);
  useEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    dialog.current?.showModal();
    return () => before?.focus();
  }, []);
  const message = timeline.message(shown);
  if (!message || message.recalled) return html`<${Gone} onClose=${onClose} />`;
  const go = async (/** @type {1 | -1} */ step) => {
    const next = await neighbour(timeline, shown, step);
    if (next === undefined) return;
    setScale(1);
    setShown(next);
  };
  const keys = /** @type {Record<string, () => void>} */ ({
    ArrowLeft: () => void go(-1),
    ArrowRight: () => void go(1),
    "+": () => setScale(bigger),
    "=": () => setScale(bigger),
    "-": () => setScale(smaller),
    0: () => setScale(1),
  });
  const url = mediaAt(message.content) ?? "";
  return html`
    <dialog class="viewer" ref=${dialog} aria-label=${t("Picture")} onClose=${onClose} onKeyDown=${(/** @type {KeyboardEvent} */ event) => keys[event.key]?.()}>
      <header class="viewer-head">
        <p><strong dir="auto">${nameOf(message.from)}</strong> <span>${moment(message.time, language.value)}</span></p>
        <${Buttons} url=${url} onZoom=${(/** @type {(scale: number) => number} */ by) => setScale(by)} onClose=${onClose} />
      </header>
      <${Zoomable} key=${shown} url=${url} scale=${scale} onScale=${setScale} onLeave=${onClose} />
      <button class="icon-button viewer-step" data-to="older" aria-label=${t("Previous picture")} onClick=${() => go(-1)}><${Icon} name="back" /></button>
      <button class="icon-button viewer-step" data-to="newer" aria-label=${t("Next picture")} onClick=${() => go(1)}><${Icon} name="forward" /></button>
    </dialog>
  `;
}

/** @param {{ url: string, onZoom: (by: (scale: number) => number) => void, onClose: () => void }} props */
const Buttons = ({ url, onZoom, onClose }) => html`
  <button class="icon-button" aria-label=${t("Zoom out")} onClick=${() => onZoom(smaller)}><${Icon} name="minus" /></button>
  <button class="icon-button" aria-label=${t("Zoom in")} onClick=${() => onZoom(bigger)}><${Icon} name="plus" /></button>
  <a class="icon-button" aria-label=${t("Download")} href=${url} download><${Icon} name="download" /></a>
  <button class="icon-button" aria-label=${t("Close")} onClick=${onClose}><${Icon} name="close" /></button>
`;

/** Its picture was recalled meanwhile. @param {{ onClose: () => void }} props */
function Gone({ onClose }) {
  useEffect(onClose, []);
  return null;
}

/** @param {number} scale */
const bigger = (scale) => Math.min(8, scale * 1.5);
/** @param {number} scale */
const smaller = (scale) => Math.max(1, scale / 1.5);

/** The next picture in a direction, which may have to be loaded. @param {Timeline} timeline @param {number} id @param {1 | -1} step */
async function neighbour(timeline, id, step) {
  for (let page = 0; page < PAGES; page++) {
    const pictures = picturesOf(timeline);
    const next = pictures[pictures.indexOf(id) + step];
    if (next !== undefined) return next;
    const hasMore = step < 0 ? timeline.hasOlder : timeline.hasNewer;
    if (!hasMore.value) return undefined;
    await (step < 0 ? timeline.older() : timeline.newer());
  }
  return undefined;
}

/** @param {Timeline} timeline */
const picturesOf = (timeline) =>
  timeline.items.value
    .filter(isMessage)
    .filter(({ kind, content, recalled }) => kindNamed(kind).isPicture && !recalled && mediaAt(content))
    .map(({ id }) => id);

// The widest column that one reads well.
const READABLE = "40rem";

/**
 * A picture that can be made larger and then moved: by the wheel, by two clicks, by dragging. A long one is as wide as
 * one can read it, and scrolls.
 *
 * @param {{ url: string, scale: number, onScale: (scale: number) => void, onLeave: () => void }} props
 *   `onLeave`: somebody clicked beside it
 */
function Zoomable({ url, scale, onScale, onLeave }) {
  const { src, onError } = useShown(url);
  const [at, setAt] = useState({ x: 0, y: 0 });
  const drag = useRef(/** @type {{ x: number, y: number } | null} */ (null));
  useEffect(() => {
    if (scale === 1) setAt({ x: 0, y: 0 });
  }, [scale]);
  if (!src) return html`<p class="viewer-broken">${t("This picture cannot be shown.")}</p>`;
  const leave = (/** @type {Event} */ event) => event.target === event.currentTarget && onLeave();
  const size = sizeIn(url);
  if (size && isLong(size)) {
    const width = `calc(min(100%, ${size.width}px, ${READABLE}) * ${scale})`;
    return html`
      <div class="viewer-stage viewer-long" tabindex="0" autofocus onClick=${leave}>
        <img src=${src} alt=${t("Picture")} width=${size.width} height=${size.height} style=${{ width }} draggable=${false} onDblClick=${() => onScale(scale > 1 ? 1 : 2.5)} onError=${onError} />
      </div>
    `;
  }
  const wheel = (/** @type {WheelEvent} */ event) => {
    event.preventDefault();
    onScale(Math.min(8, Math.max(1, scale * Math.exp(-event.deltaY / 400))));
  };
  const hold = (/** @type {PointerEvent} */ event) => {
    /** @type {Element} */ (event.currentTarget).setPointerCapture(event.pointerId);
    drag.current = { x: event.clientX - at.x, y: event.clientY - at.y };
  };
  const move = (/** @type {PointerEvent} */ event) => {
    if (drag.current && scale > 1) setAt({ x: event.clientX - drag.current.x, y: event.clientY - drag.current.y });
  };
  const style = { transform: `translate(${at.x}px, ${at.y}px) scale(${scale})` };
  return html`
    <div class="viewer-stage" data-zoomed=${scale > 1} onWheel=${wheel} onClick=${leave}>
      <img src=${src} alt=${t("Picture")} style=${style} draggable=${false} onDblClick=${() => onScale(scale > 1 ? 1 : 2.5)} onPointerDown=${hold} onPointerMove=${move} onPointerUp=${() => (drag.current = null)} onError=${onError} />
    </div>
  `;
}
