// The list of what went out and came in. Whatever is received gets into the page as text only.

import { coloured } from "./marks.js";

const KEPT = 500;
const DIRECTIONS = { out: "→ sent", in: "← received", note: "· note" };
const KINDS = { out: "sent", in: "received", note: "notes" };

/**
 * Shows entries in `list`, an element for which `scroller` scrolls. Tells of `change` (detail: `{ latest }`, null
 * for what is not worth telling).
 *
 * An entry: `{ direction, kind, time, text, size }`, the kind one of those that the filter knows.
 */
export class Log extends EventTarget {
  #list;
  #scroller;
  #template;
  #entries = [];
  #matches = () => true;

  constructor(list, scroller, template) {
    super();
    this.#list = list;
    this.#scroller = scroller;
    this.#template = template;
  }

  get entries() {
    return [...this.#entries];
  }

  /** How many of the entries can be seen. */
  get visible() {
    return [...this.#list.children].filter(({ hidden }) => !hidden).length;
  }

  /**
   * `direction`: out, in or note. `tags`: what else it is: failed, heartbeat, http.
   * `measured`: the part of the text whose size is shown, null for none.
   * `explained`: `{ title, value }` to unfold, the value as JSON. `tokens`: the text in its colours.
   */
  add(direction, text, { tags = [], measured = text, explained = null, tokens = [["", text]] } = {}) {
    const size = measured === null ? null : sizeOf(measured);
    const entry = { direction, kind: kindOf(direction, tags), time: new Date(), text, size };
    const element = this.#template.content.firstElementChild.cloneNode(true);
    element.classList.add(direction, ...tags);
    fillHead(element, entry);
    element.querySelector(".frame").append(...coloured(tokens));
    fillDetails(element.querySelector("details"), explained);
    this.#append(entry, element);
    this.#changed(tags.includes("heartbeat") ? null : `${DIRECTIONS[direction]}: ${text}`);
  }

  /** From now on show those for which `matches(entry)` is true. */
  show(matches) {
    this.#matches = matches;
    this.#entries.forEach((entry, place) => (this.#list.children[place].hidden = !matches(entry)));
  }

  clear() {
    this.#entries = [];
    this.#list.replaceChildren();
    this.#changed("");
  }

  // Who has scrolled back to read something is not pulled away from it, unless to see what was just sent.
  #append(entry, element) {
    const follow = entry.direction === "out" || this.#atEnd;
    element.hidden = !this.#matches(entry);
    this.#entries.push(entry);
    this.#list.append(element);
    if (this.#entries.length > KEPT) this.#drop();
    letScroll(element.querySelector(".frame"));
    if (follow) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #drop() {
    this.#entries.shift();
    this.#list.firstElementChild.remove();
  }

  get #atEnd() {
    const { scrollTop, clientHeight, scrollHeight } = this.#scroller;
    return scrollTop + clientHeight > scrollHeight - 40;
  }

  #changed(latest) {
    this.dispatchEvent(new CustomEvent("change", { detail: { latest } }));
  }
}

/** The first line of an entry: when, in which direction, how large. */
export function headOf({ time, direction, kind, size }) {
  const parts = [clock(time), DIRECTIONS[direction], kind === "errors" ? "error" : ""];
  return [...parts, size === null ? "" : `${size} bytes`].filter(Boolean).join(" ");
}

// The size in bytes of UTF-8 is what the server's limits count.
const sizeOf = (text) => new TextEncoder().encode(text).length;

function kindOf(direction, tags) {
  if (tags.includes("failed")) return "errors";
  if (tags.includes("heartbeat")) return "heartbeats";
  return tags.includes("http") ? "http" : KINDS[direction];
}

function fillHead(element, { direction, kind, time, size }) {
  const shown = element.querySelector("time");
  shown.dateTime = time.toISOString();
  shown.textContent = clock(time);
  element.querySelector(".direction").textContent = DIRECTIONS[direction];
  if (kind !== "errors") element.querySelector(".failure").remove();
  if (size !== null) element.querySelector(".size").textContent = `${size} bytes`;
}

function clock(time) {
  const part = (value, digits) => String(value).padStart(digits, "0");
  const [hours, minutes, seconds] = [time.getHours(), time.getMinutes(), time.getSeconds()];
  return `${part(hours, 2)}:${part(minutes, 2)}:${part(seconds, 2)}.${part(time.getMilliseconds(), 3)}`;
}

function fillDetails(details, explained) {
  if (!explained) return details.remove();
  const shown = details.querySelector("pre");
  details.querySelector("summary").textContent = explained.title;
  shown.textContent = JSON.stringify(explained.value, null, 2);
  details.addEventListener("toggle", () => letScroll(shown));
}

// What is higher than its place is scrolled by the keyboard, too.
function letScroll(element) {
  if (element.scrollHeight > element.clientHeight) element.tabIndex = 0;
}
