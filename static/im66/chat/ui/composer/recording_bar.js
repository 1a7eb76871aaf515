// In place of the box while a voice message is recorded, and until it is sent.

import { html, useEffect, useRef } from "../../html.js";
import { recording } from "../../state/composing.js";
import { isPaused, playing, position, toggle } from "../../state/player.js";
import {
  MOST_SECONDS,
  dropRecording,
  endRecording,
  pauseRecording,
  resumeRecording,
  sendRecording,
} from "../../state/recording.js";
import { t } from "../../text/words.js";
import { Icon } from "../parts/icon.js";

/** @typedef {import("../../state/composing.js").Recording} Recording */

// Ticks, of which there are ten in a second.
const SHOWN = 60;

/** @param {{ reply?: number, onSent: () => void }} props */
export function RecordingBar({ reply, onSent }) {
  const bar = useRef(/** @type {HTMLElement | null} */ (null));
  const { state, seconds, levels, url } = /** @type {Recording} */ (recording.value);
  useEffect(() => {
    bar.current?.focus();
    return endRecording;
  }, []);
  const send = () => {
    void sendRecording({ reply });
    onSent();
  };
  const isAsking = state === "asking";
  return html`
    <div class="recording" role="group" aria-label=${t("Recording")} tabindex="-1" ref=${bar} data-state=${state} onKeyDown=${(/** @type {KeyboardEvent} */ event) => press(event, send)}>
      <button class="icon-button" aria-label=${t("Discard the voice message")} title=${t("Discard")} onClick=${dropRecording}><${Icon} name="trash" /></button>
      ${isAsking ? html`<p class="recording-wait" role="status">${t("Waiting for the microphone …")}</p>` : html`<${Course} seconds=${seconds} levels=${levels} url=${url} />`}
      <${PauseButton} state=${state} />
      <button class="button primary composer-send" title=${t("Send")} disabled=${isAsking} onClick=${send}><${Icon} name="send" /><span>${t("Send")}</span></button>
    </div>
  `;
}

/** @param {KeyboardEvent} event @param {() => void} send */
function press(event, send) {
  if (event.key === "Escape") endRecording();
  else if (event.key === "Enter" && event.target === event.currentTarget && recording.value?.state !== "asking") send();
  else return;
  event.preventDefault();
}

/** @param {{ state: string }} props */
function PauseButton({ state }) {
  if (state !== "running" && state !== "paused") return null;
  const isPaused = state === "paused";
  const label = isPaused ? t("Resume") : t("Pause");
  return html`<button class="icon-button" aria-label=${label} title=${label} onClick=${isPaused ? resumeRecording : pauseRecording}><${Icon} name=${isPaused ? "mic" : "pause"} /></button>`;
}

/** How long it is and how loud it was; while nothing is recorded, it can be listened to. @param {Pick<Recording, "seconds" | "levels" | "url">} props */
function Course({ seconds, levels, url }) {
  const isPlayed = url !== undefined && playing.value === url;
  return html`
    ${url ? html`<${ListenButton} url=${url} />` : html`<span class="recording-light" aria-hidden="true" />`}
    ${isPlayed ? html`<span class="recording-time">${clock(position.value)} / ${clock(seconds)}</span>` : html`<span class="recording-time" role="timer" aria-label=${t("Recorded")}>${clock(seconds)} / ${clock(MOST_SECONDS)}</span>`}
    <${Levels} levels=${levels.slice(-SHOWN)} />
  `;
}

/** @param {{ url: string }} props */
function ListenButton({ url }) {
  const plays = playing.value === url && !isPaused.value;
  const label = plays ? t("Stop listening") : t("Listen to the voice message");
  return html`<button class="icon-button" aria-label=${label} title=${plays ? label : t("Listen")} onClick=${() => toggle(url)}><${Icon} name=${plays ? "pause" : "play"} /></button>`;
}

/** @param {{ levels: number[] }} props */
const Levels = ({ levels }) => html`
  <svg class="recording-levels" viewBox="0 0 ${3 * SHOWN} 24" preserveAspectRatio="xMaxYMid slice" aria-hidden="true">
    <path d=${levels.map((level, at) => stroke(3 * (SHOWN - levels.length + at) + 1.5, 1 + 10 * level)).join("")} />
  </svg>
`;

/** @param {number} x @param {number} half */
const stroke = (x, half) => `M${x} ${(12 - half).toFixed(1)}v${(2 * half).toFixed(1)}`;

/** @param {number} seconds */
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
