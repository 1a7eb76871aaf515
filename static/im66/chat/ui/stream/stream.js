// The messages of a conversation.

import { html, useEffect, useLayoutEffect, useMemo, useRef, useComputed, useSignalEffect } from "../../html.js";
import { link, waitingFor } from "../../state/client.js";
import { t, counted } from "../../text/words.js";
import { Divider } from "../../text/blocks.js";
import { firstNew, isMessage } from "../../text/sequence.js";
import { me } from "../../state/session.js";
import { keepTrying } from "../../state/trying.js";
import { Block } from "./block.js";
import { MessageMenu } from "../seldom.js";
import { contextHandlers, openAt } from "./menu/context.js";
import { useOpening } from "./opening.js";
import { Scroller } from "./scroller.js";
import { Waiting } from "./waiting.js";
import { arrived } from "../../state/events.js";
import { nameIn } from "../../state/groups.js";
import { previewOf } from "../../text/previews.js";
import { Icon } from "../parts/icon.js";
import { typing } from "../../state/typing.js";
import { growing } from "../../state/growing.js";
import { GrowingAnswers } from "../seldom.js";
import { conversations } from "../../state/conversations.js";
import { seen } from "../../state/reading.js";
import { jump, shown, stay } from "../../state/route.js";
import { say } from "../../state/toasts.js";

/** @typedef {import("../../state/timeline.js").Timeline} Timeline */

const SEEN_PAUSE_MS = 300;

/** @param {{ timeline: Timeline }} props */
export function Stream({ timeline }) {
  const log = useRef(/** @type {HTMLElement | null} */ (null));
  const scroller = useMemo(() => new Scroller(timeline, seenBy(timeline)), [timeline]);
  useLayoutEffect(() => {
    scroller.attach(/** @type {HTMLElement} */ (log.current));
    return () => scroller.detach();
  }, [scroller]);
  useOpening(timeline, scroller);
  useJumps(timeline, scroller);
  useLooks(timeline, scroller);
  const isBusy = ["new", "loading"].includes(timeline.state.value);
  const isOpen = link().state === "open";
  useEffect(() => {
    if (isOpen && timeline.state.peek() === "failed") void timeline.open();
  }, [isOpen]);
  useEffect(() => keepTrying(() => timeline.state.value, () => timeline.open()), [timeline]);
  const handlers = useMemo(() => ({ ...contextHandlers(timeline), onKeyDown: steering(timeline) }), [timeline]);
  return html`
    <div class="stream-frame">
      <div class="stream" role="log" aria-label=${t("Messages")} aria-live="off" aria-busy=${String(isBusy)} tabindex="0" ref=${log} ...${handlers}>
        <div class="stream-content">
          <${StreamState} timeline=${timeline} />
          <${Blocks} timeline=${timeline} scroller=${scroller} />
          <${Waiting} timeline=${timeline} scroller=${scroller} />
          <${Growing} timeline=${timeline} scroller=${scroller} />
          <${TypingLine} conversation=${timeline.conversation} />
        </div>
      </div>
      <${JumpButton} timeline=${timeline} scroller=${scroller} />
      <${MessageMenu} />
      <${Announcer} conversation=${timeline.conversation} />
    </div>
  `;
}

/** @param {{ timeline: Timeline, scroller: Scroller }} props */
function Blocks({ timeline, scroller }) {
  const divider = useMemo(() => new Divider(), [timeline]);
  /** What was drawn last, by block: what has not changed is not drawn again. */
  const drawn = useMemo(() => /** @type {WeakMap<object, { newAt: number, view: any }>} */ (new WeakMap()), [timeline]);
  const items = timeline.items.value;
  const newAt = firstNew(items, timeline.readUpTo.value, me.value)?.id ?? 0;
  scroller.remember();
  useLayoutEffect(() => scroller.settle());
  return divider.divide(items).map((block) => {
    const newHere = block.items.some(({ id }) => id === newAt) ? newAt : 0;
    const known = drawn.get(block);
    if (known?.newAt === newHere) return known.view;
    const view = html`<${Block} key=${block.key} block=${block} newAt=${newHere} timeline=${timeline} />`;
    drawn.set(block, { newAt: newHere, view });
    return view;
  });
}

/** Says new messages of others to screen readers: not the old ones that are read in as one scrolls. @param {{ conversation: string }} props */
function Announcer({ conversation }) {
  const message = arrived.value;
  const isHere = message?.conversation === conversation;
  return html`<div class="visually-hidden" aria-live="polite">${isHere && `${nameIn(message.conversation, message.from)}: ${previewOf(message)}`}</div>`;
}

/**
 * The way back to the end, with how many messages came there.
 *
 * @param {{ timeline: import("../../state/timeline.js").Timeline, scroller: Scroller }} props
 */
function JumpButton({ timeline, scroller }) {
  const behind = timeline.behind.value;
  if (!scroller.isFar.value && (behind === 0 || scroller.atEnd.value)) return null;
  const go = () => scroller.aimAt("end", timeline.toEnd());
  const label = behind
    ? counted(behind, "Jump to latest, {count} new message", "Jump to latest, {count} new messages")
    : t("Jump to latest");
  return html`
    <button class="stream-jump" aria-label=${label} title=${t("Jump to latest")} onClick=${go}>
      <${Icon} name="down" />
      ${behind > 0 && html`<span class="stream-behind">${behind > 99 ? "99+" : behind}</span>`}
    </button>
  `;
}

/** What is said above the messages, or in their place. @param {{ timeline: import("../../state/timeline.js").Timeline }} props */
function StreamState({ timeline }) {
  const isEmpty = timeline.items.value.length === 0;
  switch (timeline.state.value) {
    case "absent":
      return html`<p class="stream-state">${t("This conversation doesn't exist, or you can't see it.")}</p>`;
    case "failed":
      return html`
        <div class="stream-state">
          <p>${t("The messages could not be loaded.")}</p>
          <button class="button" onClick=${() => timeline.open()}>${t("Try again")}</button>
        </div>
      `;
    case "ready":
      if (timeline.hasOlder.value) return html`<p class="stream-older">${t("Loading…")}</p>`;
      if (!isEmpty) return html`<p class="stream-older">${t("This is where the conversation begins.")}</p>`;
      return waitingFor(timeline.conversation).length === 0 && html`<p class="stream-state">${t("No messages yet. Write the first one.")}</p>`;
    default:
      return isEmpty && html`<p class="stream-state">${t("Loading…")}</p>`;
  }
}

/** @param {{ timeline: Timeline, scroller: Scroller }} props */
function Growing({ timeline, scroller }) {
  const answers = growing.value.get(timeline.conversation) ?? [];
  return answers.length > 0 && html`<${GrowingAnswers} answers=${answers} timeline=${timeline} scroller=${scroller} />`;
}

/** Who is writing just now. Its line is always there, so that nothing moves. @param {{ conversation: string }} props */
function TypingLine({ conversation }) {
  const writing = typing.value.get(conversation) ?? [];
  const dots = html`<span class="typing-dots" aria-hidden="true" />`;
  return html`<p class="stream-typing" dir="auto">${writing.length > 0 && dots}<span class="typing-names">${typingText(conversation, writing)}</span></p>`;
}

/** @param {string} conversation @param {string[]} writing */
function typingText(conversation, [first, second, ...more]) {
  if (!first) return "";
  if (more.length) return t("Several people are writing…");
  if (!second) return t("{name} is writing…", { name: nameIn(conversation, first) });
  return t("{name} and {other} are writing…", { name: nameIn(conversation, first), other: nameIn(conversation, second) });
}

/** Tells the server what has been in sight, not more often than needed. @param {Timeline} timeline @returns {(id: number) => void} */
function seenBy(timeline) {
  let upto = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let planned;
  const report = () => {
    planned = undefined;
    const last = timeline.items
      .peek()
      .findLast((item) => item.id <= upto && isMessage(item) && item.from !== me.peek());
    if (last) void seen(timeline.conversation, last.id);
  };
  return (id) => {
    if (id <= upto && !conversations.peek().get(timeline.conversation)?.unread) return;
    upto = Math.max(id, upto);
    planned ??= setTimeout(report, SEEN_PAUSE_MS);
  };
}

/** The list may learn later than the stream that something is unread. @param {Timeline} timeline @param {Scroller} scroller */
function useLooks({ conversation }, scroller) {
  const isUnread = useComputed(() => Boolean(conversations.value.get(conversation)?.unread));
  useSignalEffect(() => {
    if (isUnread.value) scroller.look();
  });
}

/** Going through the messages by keyboard. @param {Timeline} timeline @returns {(event: KeyboardEvent) => void} */
const steering = (timeline) => (event) => {
  const log = /** @type {HTMLElement} */ (event.currentTarget);
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const article = target.matches("article") ? target : null;
  if (!article && target !== log) return;
  if (article && opensMenu(event)) {
    event.preventDefault();
    const { left, bottom } = (article.querySelector(".bubble") ?? article).getBoundingClientRect();
    openAt(timeline, article, left, bottom);
  } else if (move(log, article, event.key)) event.preventDefault();
};

/** @param {KeyboardEvent} event */
const opensMenu = ({ key, shiftKey }) =>
  key === "Enter" || key === "m" || key === "ContextMenu" || (key === "F10" && shiftKey);

/** @param {HTMLElement} log @param {HTMLElement | null} article @param {string} key */
function move(log, article, key) {
  const step = { ArrowUp: -1, ArrowDown: 1 }[key];
  if (!step) return false;
  const all = [.../** @type {NodeListOf<HTMLElement>} */ (log.querySelectorAll("article"))];
  const next = article ? all[all.indexOf(article) + step] : all.at(-1);
  next?.focus();
  return Boolean(next);
}

/**
 * Jumps to a message that the page's address names: from a search, a quote, a link.
 *
 * @param {Timeline} timeline
 * @param {Scroller} scroller
 */
function useJumps(timeline, scroller) {
  const target = shown.value === timeline.conversation ? jump.value : null;
  useEffect(() => {
    if (target !== null) void go(timeline, scroller, target);
  }, [target, timeline]);
}

/**
 * @param {Timeline} timeline
 * @param {Scroller} scroller
 * @param {number} id
 */
async function go(timeline, scroller, id) {
  const loading = timeline.toMessage(id);
  void scroller.aimAt({ message: id }, loading);
  await loading;
  if (jump.peek() === id) stay();
  const isThere = timeline.items.peek().some((item) => item.id === id);
  if (timeline.state.peek() === "ready" && !isThere) say(t("This message is no longer there."));
}
