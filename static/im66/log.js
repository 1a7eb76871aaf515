// The list of what went out and came in. Whatever is received gets into the page as text only.

import { marked } from "./marks.js";
import { sizeOf } from "./protocol.js";

const KEPT = 500;
const DIRECTIONS = { out: "→ sent", in: "← received", note: "· note" };

/** Shows entries in `list`, an element for which `scroller` scrolls. */
export class Log extends EventTarget {
  #list;
  #scroller;
  #template;

  constructor(list, scroller, template) {
    super();
    this.#list = list;
    this.#scroller = scroller;
    this.#template = template;
  }

  /**
   * `direction`: out, in or note. `tags`: what else it is: failed, heartbeat, http.
   * `measured`: the part of the text whose size is shown, null for none.
   * `explained`: `{ title, value }` to unfold, the value as JSON.
   */
  add(direction, text, { tags = [], measured = text, explained = null } = {}) {
    const entry = this.#template.content.firstElementChild.cloneNode(true);
    entry.classList.add(direction, ...tags);
    fillHead(entry, { direction, tags, measured });
    entry.querySelector(".frame").append(...marked(text));
    fillDetails(entry.querySelector("details"), explained);
    this.#append(entry, direction === "out");
    if (!tags.includes("heartbeat")) this.#changed(`${DIRECTIONS[direction]}: ${text}`);
  }

  clear() {
    this.#list.replaceChildren();
    this.#changed("");
  }

  // Who has scrolled back to read something is not pulled away from it, unless to see what was just sent.
  #append(entry, mustShow) {
    const follow = mustShow || this.#atEnd;
    this.#list.append(entry);
    if (this.#list.childElementCount > KEPT) this.#list.firstElementChild.remove();
    if (follow) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  get #atEnd() {
    const { scrollTop, clientHeight, scrollHeight } = this.#scroller;
    return scrollTop + clientHeight > scrollHeight - 40;
  }

  #changed(latest) {
    this.dispatchEvent(new CustomEvent("change", { detail: { latest } }));
  }
}

function fillHead(entry, { direction, tags, measured }) {
  const now = new Date();
  const time = entry.querySelector("time");
  time.dateTime = now.toISOString();
  time.textContent = clock(now);
  entry.querySelector(".direction").textContent = DIRECTIONS[direction];
  if (!tags.includes("failed")) entry.querySelector(".failure").remove();
  if (measured !== null) entry.querySelector(".size").textContent = `${sizeOf(measured)} bytes`;
}

function clock(time) {
  const part = (value, digits) => String(value).padStart(digits, "0");
  const [hours, minutes, seconds] = [time.getHours(), time.getMinutes(), time.getSeconds()];
  return `${part(hours, 2)}:${part(minutes, 2)}:${part(seconds, 2)}.${part(time.getMilliseconds(), 3)}`;
}

function fillDetails(details, explained) {
  if (!explained) return details.remove();
  details.querySelector("summary").textContent = explained.title;
  details.querySelector("pre").textContent = JSON.stringify(explained.value, null, 2);
}
