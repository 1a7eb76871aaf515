import { html, useEffect, useRef } from "../../html.js";
import { forgive, isPaused, playing, position, seek, toggle, unplayable } from "../../state/player.js";
import { markPlayed, isUnheard } from "../../state/played.js";
import { measureShown, shapes } from "../../state/waveforms.js";
import { secondsIn } from "../../text/media_urls.js";
import { BARS, FLAT } from "../../text/waveform.js";
import { t } from "../../text/words.js";
import { Icon } from "../parts/icon.js";
import { nameOf } from "./audio.js";
import { Broken } from "./broken.js";

const STEP = 4;
const HEIGHT = 28;

/** A voice message, with its shape. @param {{ url: string, unheard?: number }} props   `unheard`: its id, if it may be unheard */
export function VoiceContent({ url, unheard = 0 }) {
  const here = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => onceSeen(here.current, () => measureShown(url)), [url]);
  if (unplayable.value.has(url)) {
    return html`<${Broken} icon="mic" text=${t("This voice message cannot be played.")} onRetry=${() => forgive(url)} />`;
  }
  const isMine = playing.value === url;
  const isNew = unheard > 0 && isUnheard(unheard);
  useEffect(() => {
    if (isNew && isMine) markPlayed(unheard);
  }, [isNew, isMine]);
  const at = isMine ? position.value : 0;
  const seconds = Math.max(1, secondsIn(url));
  const plays = isMine && !isPaused.value;
  return html`
    <div class="voice" ref=${here} role="group" aria-label=${nameOf(url)}>
      <button class="voice-button" aria-label=${plays ? t("Pause") : t("Play")} onClick=${() => toggle(url)}><${Icon} name=${plays ? "pause" : "play"} /></button>
      <${Waveform} bars=${shapes.value.get(url) ?? FLAT} share=${at / seconds} seconds=${seconds} at=${at} onSeek=${(/** @type {number} */ to) => seek(url, to)} />
      ${isNew && html`<span class="voice-new" role="img" aria-label=${t("Not listened to")} title=${t("Not listened to")} />`}
      <span class="voice-time">${length(isMine ? Math.max(0, seconds - at) : seconds)}</span>
    </div>
  `;
}

/** Do it when the element is on the screen. @param {Element | null} element @param {() => void} act */
function onceSeen(element, act) {
  if (!element) return undefined;
  const observer = new IntersectionObserver((seen) => {
    if (!seen.some(({ isIntersecting }) => isIntersecting)) return;
    observer.disconnect();
    act();
  });
  observer.observe(element);
  return () => observer.disconnect();
}

/** @param {{ bars: number[], share: number, seconds: number, at: number, onSeek: (seconds: number) => void }} props */
function Waveform({ bars, share, seconds, at, onSeek }) {
  return html`
    <span class="voice-wave">
      <svg viewBox="0 0 ${BARS * STEP} ${HEIGHT}" aria-hidden="true" preserveAspectRatio="none">
        ${bars.map((bar, index) => {
          const height = bar * HEIGHT;
          return html`<rect key=${index} class=${index < share * BARS ? "played" : ""} x=${index * STEP + 0.75} y=${(HEIGHT - height) / 2} width="2.5" height=${height} rx="1.25" />`;
        })}
      </svg>
      <input type="range" aria-label=${t("Position")} min="0" max=${seconds} step="0.1" value=${at} onInput=${(/** @type {any} */ event) => onSeek(Number(event.target.value))} />
    </span>
  `;
}

/** @param {number} seconds */
const length = (seconds) =>
  `${Math.floor(Math.round(seconds) / 60)}:${String(Math.round(seconds) % 60).padStart(2, "0")}`;
