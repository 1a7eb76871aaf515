import { html, useEffect, useLayoutEffect, useRef } from "../../html.js";
import { moved, zoomed } from "../../text/cropping.js";
import { t } from "../../text/words.js";
import { draw } from "./cutting.js";

/** @typedef {import("../../text/cropping.js").Crop} Crop */

// Of the square's side.
const STEP = 0.05;
const ZOOM_STEP = 1.15;
// Pixels of the canvas, for screens with two of them to a point.
const PIXELS = 560;

/** The square as it will be: drag it, turn the wheel, or use the keys. @param {{ picture: ImageBitmap, crop: Crop, onCrop: (crop: Crop) => void }} props */
export function CropCanvas({ picture, crop, onCrop }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const drag = useRef(/** @type {{ x: number, y: number } | null} */ (null));
  useLayoutEffect(() => {
    if (canvas.current) draw(canvas.current, picture, crop);
  }, [picture, crop]);
  useEffect(() => canvas.current?.focus(), []);
  const start = (/** @type {any} */ event) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { x: event.clientX, y: event.clientY };
  };
  const move = (/** @type {any} */ event) => {
    if (!drag.current) return;
    const { width } = event.currentTarget.getBoundingClientRect();
    const { x, y } = drag.current;
    drag.current = { x: event.clientX, y: event.clientY };
    onCrop(moved(picture, crop, (event.clientX - x) / width, (event.clientY - y) / width));
  };
  const end = () => {
    drag.current = null;
  };
  const turn = (/** @type {WheelEvent} */ event) => {
    event.preventDefault();
    onCrop(zoomed(picture, crop, crop.zoom * ZOOM_STEP ** -Math.sign(event.deltaY)));
  };
  return html`
    <canvas
      class="crop"
      ref=${canvas}
      width=${PIXELS}
      height=${PIXELS}
      tabindex="0"
      role="img"
      aria-label=${t("The part that is shown. Arrow keys move the picture, + and − zoom.")}
      onPointerDown=${start}
      onPointerMove=${move}
      onPointerUp=${end}
      onPointerCancel=${end}
      onWheel=${turn}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => steer(event, picture, crop, onCrop)}
    />
  `;
}

/** @param {KeyboardEvent} event @param {ImageBitmap} picture @param {Crop} crop @param {(crop: Crop) => void} onCrop */
function steer(event, picture, crop, onCrop) {
  /** @type {Record<string, () => Crop>} */
  const keys = {
    ArrowLeft: () => moved(picture, crop, -STEP, 0),
    ArrowRight: () => moved(picture, crop, STEP, 0),
    ArrowUp: () => moved(picture, crop, 0, -STEP),
    ArrowDown: () => moved(picture, crop, 0, STEP),
    "+": () => zoomed(picture, crop, crop.zoom * ZOOM_STEP),
    "=": () => zoomed(picture, crop, crop.zoom * ZOOM_STEP),
    "-": () => zoomed(picture, crop, crop.zoom / ZOOM_STEP),
  };
  if (!keys[event.key]) return;
  event.preventDefault();
  onCrop(keys[event.key]());
}
