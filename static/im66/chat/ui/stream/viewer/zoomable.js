import { html, useEffect, useRef, useState } from "../../../html.js";
import { t } from "../../../text/words.js";
import { isLong, sizeIn } from "../../../text/media_urls.js";
import { useShown } from "../kinds/shown.js";

// The widest column that one reads well.
const READABLE = "40rem";

/**
 * A picture that can be made larger and then moved: by the wheel, by two clicks, by dragging. A long one is as wide as
 * one can read it, and scrolls.
 *
 * @param {{ url: string, scale: number, onScale: (scale: number) => void, onLeave: () => void }} props
 *   `onLeave`: somebody clicked beside it
 */
export function Zoomable({ url, scale, onScale, onLeave }) {
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
