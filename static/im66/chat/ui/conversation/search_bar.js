// Search in one conversation: one hit after the other, each shown in its place.

import { html, useEffect, useRef, useState } from "../../html.js";
import { markWords, unmarkWords } from "../../state/highlighted.js";
import { isSearching } from "../../state/panel.js";
import { group } from "../../state/groups.js";
import { nameOf } from "../../state/people.js";
import { show } from "../../state/route.js";
import { me } from "../../state/session.js";
import { complain, explained, say } from "../../state/toasts.js";
import { isGroup, peerOf } from "../../text/conversation_ids.js";
import { t } from "../../text/words.js";
import { call } from "../../wire/api.js";
import { messagesOf } from "../../wire/first_requests.js";
import { MAX_QUERY_CHARACTERS, searchMessages } from "../../wire/message_search.js";
import { useFocusAtOnce } from "../parts/focus.js";
import { Icon } from "../parts/icon.js";

/** @typedef {import("../../types.js").Message} Message */

/**
 * `before`: from where to search on; null if there is nothing more.
 *
 * @typedef {{ q: string, from: string, hits: number[], at: number, before: number | null, note: string }} SearchState
 */

const PAUSE_MS = 300;

/** @type {SearchState} */
const NOTHING = { q: "", from: "", hits: [], at: 0, before: null, note: "" };

/** @param {{ conversation: string }} props */
export function SearchBar({ conversation }) {
  const [text, setText] = useState("");
  const [from, setFrom] = useState("");
  const [results, setResults] = useState(NOTHING);
  const box = useRef(/** @type {HTMLInputElement | null} */ (null));
  useFocusAtOnce(() => box.current);
  const asking = useRef(new AbortController());
  useEffect(
    () => () => {
      asking.current.abort();
      unmarkWords(conversation);
    },
    [conversation],
  );

  // What was asked for before, or when the bar is closed, shows nothing any more.
  const reveal = async (/** @type {(signal: AbortSignal) => Promise<SearchState>} */ search) => {
    asking.current.abort();
    const { signal } = (asking.current = new AbortController());
    const next = await search(signal);
    if (signal.aborted) return;
    const message = next.hits[next.at];
    if (message !== undefined) {
      markWords({ conversation, query: next.q, message });
      // Back leads to where the search began.
      show(conversation, message, true);
    } else unmarkWords(conversation);
    setResults(next);
  };
  const sought = useRef("");
  const seek = (/** @type {string} */ q, /** @type {string} */ by) => {
    sought.current = q;
    return reveal(async (signal) => (q ? further(conversation, { ...NOTHING, q, from: by }, signal) : NOTHING));
  };
  const go = (/** @type {number} */ step) => () => reveal((signal) => moved(conversation, results, step, signal));
  // The key that searched goes on to the next result, and with Shift back.
  const again = (/** @type {boolean} */ isBack) => {
    if (isBack ? results.at > 0 : hasOlder(results)) void go(isBack ? -1 : 1)();
  };
  const search = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const q = text.trim();
    if (q === results.q && from === results.from && results.hits.length > 0) again(false);
    else if (q) await seek(q, from);
  };
  // A word that is being composed is none yet.
  const [typed, setTyped] = useState("");
  useEffect(() => {
    const q = typed.trim();
    const timer = setTimeout(() => q !== sought.current && seek(q, from), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const write = (/** @type {any} */ { target, isComposing }) => {
    setText(target.value);
    if (!isComposing) setTyped(target.value);
  };
  const choose = (/** @type {string} */ userid) => {
    setFrom(userid);
    if (text.trim()) void seek(text.trim(), userid);
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && event.shiftKey) {
      event.preventDefault();
      again(true);
    }
  };
  const close = () => (isSearching.value = false);
  const place = results.hits.length ? t("{at} of {count}", { at: results.at + 1, count: countOf(results) }) : results.note;

  return html`
    <form class="search-bar" role="search" aria-label=${t("Search in this conversation")} onSubmit=${search} onKeyDown=${key}>
      <input type="search" ref=${box} dir="auto" maxlength=${MAX_QUERY_CHARACTERS} enterkeyhint="search" aria-label=${t("Search in this conversation")} placeholder=${t("Search in this conversation")}
        value=${text} onInput=${write} onCompositionEnd=${write} />
      <output class="search-place">${place}</output>
      <button type="button" class="icon-button" aria-label=${t("Previous result")} disabled=${!hasOlder(results)} onClick=${go(1)}><${Icon} name="up" /></button>
      <button type="button" class="icon-button" aria-label=${t("Next result")} disabled=${results.at === 0} onClick=${go(-1)}><${Icon} name="down" /></button>
      <button type="button" class="icon-button" aria-label=${t("Close the search")} onClick=${close}><${Icon} name="close" /></button>
      <div class="search-filters">
        ${isGroup(conversation) && html`<${Sender} conversation=${conversation} value=${from} onChange=${choose} />`}
        <${JumpToDate} conversation=${conversation} />
      </div>
    </form>
  `;
}

/** Whose messages are searched. @param {{ conversation: string, value: string, onChange: (userid: string) => void }} props */
function Sender({ conversation, value, onChange }) {
  const members = group(peerOf(conversation)).value?.members ?? [];
  return html`
    <select aria-label=${t("Sender")} value=${value} onChange=${(/** @type {any} */ event) => onChange(event.target.value)}>
      <option value="">${t("Everyone")}</option>
      ${members.map(({ userid }) => html`<option key=${userid} value=${userid}>${userid === me.value ? t("You") : nameOf(userid)}</option>`)}
    </select>
  `;
}

/** Shows the first message of a day. @param {{ conversation: string }} props */
function JumpToDate({ conversation }) {
  const jump = async (/** @type {any} */ event) => {
    // In the reader's time zone.
    const day = new Date(`${event.target.value}T00:00`);
    const time = Math.floor(day.getTime() / 1000);
    if (!(time >= 0)) return;
    try {
      const { items } = await call("GET", messagesOf(conversation), { query: { time, limit: 2 } });
      const first = items.find((/** @type {Message} */ item) => item.time >= time) ?? items.at(-1);
      if (first) show(conversation, first.id);
      else say(t("There are no messages."));
    } catch (error) {
      complain(error);
    }
  };
  return html`<label class="search-date"><span>${t("Jump to date")}</span><input type="date" max=${today()} onChange=${jump} /></label>`;
}

/** As a field of a form has it. */
const today = () => new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 10);

/** @param {SearchState} found */
const hasOlder = ({ hits, at, before }) => at + 1 < hits.length || before !== null;

/** @param {SearchState} found */
const countOf = ({ hits, before }) => `${hits.length}${before === null ? "" : "+"}`;

/** @param {string} conversation @param {SearchState} results @param {number} step @param {AbortSignal} signal @returns {Promise<SearchState>} */
async function moved(conversation, results, step, signal) {
  // Nothing is shown yet if nothing was found so far.
  const at = results.hits.length ? results.at + step : 0;
  const next = at < results.hits.length ? results : await further(conversation, results, signal);
  return at < next.hits.length ? { ...next, at } : next;
}

/** With the next hits, newest first. @param {string} conversation @param {SearchState} results @param {AbortSignal} signal @returns {Promise<SearchState>} */
async function further(conversation, results, signal) {
  try {
    const { items, before } = await searchMessages({ q: results.q, conversation, from: results.from || undefined }, results.before, signal);
    const hits = [...results.hits, ...items.map(({ id }) => id).sort((a, b) => b - a)];
    return { ...results, hits, before, note: before === null ? t("Nothing found") : t("Nothing found so far") };
  } catch (error) {
    return { ...results, note: explained(error) };
  }
}
