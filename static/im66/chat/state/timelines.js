// The messages of the conversations that have been opened, by conversation.

import { Timeline } from "./timeline.js";

// Those left longest ago are forgotten, and read again when they are opened again.
const KEPT = 12;

/** @type {Map<string, Timeline>} */
const timelines = new Map();

/** The conversation's messages. @param {string} conversation */
export function timelineOf(conversation) {
  const timeline = timelines.get(conversation) ?? new Timeline(conversation);
  timelines.delete(conversation);
  timelines.set(conversation, timeline);
  for (const oldest of [...timelines.keys()].slice(0, -KEPT)) timelines.delete(oldest);
  return timeline;
}

/** The conversation's messages, if it has been opened. @param {string} conversation */
export const opened = (conversation) => timelines.get(conversation);

/** Forget all messages: those that are shown are read anew. */
export function readAnew() {
  for (const timeline of timelines.values()) timeline.forget();
}

/** Read again what was read before there was a line: events of that time were told to nobody here. */
export function renewAll() {
  for (const timeline of timelines.values()) void timeline.renew();
}
