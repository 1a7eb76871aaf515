// Puts the line, the outbox and the states together. One for the page, from signing in on.

import { computed, effect, signal, untracked } from "../../vendor/signals.js";
import { config } from "../config.js";
import { isGroup } from "../text/conversation_ids.js";
import { Line } from "../wire/line.js";
import { known, load, loading, peers, unsent } from "./conversations.js";
import { loadEmotions } from "./emotions.js";
import { take } from "./events.js";
import { isAllKnown } from "./folders.js";
import { Outbox } from "./outbox.js";
import { missingGroups } from "./groups.js";
import { learn, missingPeople } from "./people.js";
import { setOnline } from "./presence.js";
import { contactsAnew } from "./requests.js";
import { me, myself } from "./session.js";
import { learnMe } from "./standing.js";
import { listen } from "./tabs.js";
import { renewAll } from "./timelines.js";
import { keepTrying } from "./trying.js";
import { UNPROVEN } from "../../client/close_codes.js";
import { isLoggedOut, renew } from "../wire/proving.js";

// As many as the server tells of.
const MOST_WATCHED = 200;

// After so long without a line, what is no message may have changed. The server tells what is newer than that again,
// and goes on with the messages.
const LATE_SECONDS = 10;

// Their order changes with each message, which is no reason to ask.
const watched = computed(() => peers.value.slice(0, MOST_WATCHED).sort().join());

/** @type {import("../wire/line.js").Link} */
const NOWHERE = { state: "connecting", code: 0 };

/** @typedef {{ line: Line, outbox: Outbox }} Client */

/** @type {import("../../vendor/signals.js").Signal<Client | null>} */
export const client = signal(null);

/** Where the line to the server is. */
export const link = () => client.value?.line.link.value ?? NOWHERE;

/** The messages that a conversation's user has written and the server has not accepted. @param {string} conversation */
export const waitingFor = (conversation) =>
  client.value?.outbox.waiting.value.filter(({ to }) => to === conversation) ?? [];

/** Of conversations with people: whose names have no blanks. */
const unsentTo = computed(() => {
  const ids = client.value?.outbox.waiting.value.map(({ to }) => to).filter((to) => !isGroup(to)) ?? [];
  return [...new Set(ids)].sort().join(" ");
});

/** What the server said of itself in its welcome: `limits`, `features`, `user`, or null. */
export const welcome = () => client.value?.line.welcome.value ?? null;

/** Send a command. Raises Failure. @param {import("../types.js").Command} command */
export function ask(command) {
  if (!client.value) throw new Error("Nobody has signed in.");
  return client.value.line.ask(command);
}

/** Begin, as the person who has signed in. Returns when the conversations are known, or cannot be. */
export function start() {
  begunAt = performance.now();
  const listed = load();
  void learnMe();
  void loadEmotions();
  /** @param {import("../types.js").ServerEvent} event */
  const onEvent = (event) => {
    take(event);
    if (event.slow !== undefined) outbox.release(event.conversation);
  };
  const line = new Line(me.value, onEvent, config.head);
  const outbox = new Outbox(me.value, line);
  client.value = { line, outbox };
  listen(me.value, take);
  effect(() => {
    if (line.link.value.state === "open") untracked(() => outbox.look());
  });
  effect(() => {
    unsent.value = unsentTo.value;
  });
  effect(() => {
    // Without a row, nobody would find again what waits there.
    if (loading.value === "ready" && unsent.value && !isAllKnown()) untracked(() => unsent.value.split(" ").forEach((id) => void known(id)));
  });
  keepProven(line);
  effect(() => {
    const answer = line.welcome.value;
    untracked(() => welcomed(line, answer));
  });
  keepTrying(() => loading.value, load);
  effect(() => void watch(line, watched.value.split(",").filter(Boolean)));
  line.start();
  return listed;
}

let isFirst = true;
let begunAt = 0;

/**
 * The first line goes on where the log ended before the page asked for anything, so nothing of that is asked for again.
 *
 * @param {Line} line
 * @param {any} answer
 */
function welcomed(line, answer) {
  if (!answer) return;
  // The server remembers names for a minute, so a name that was asked for is newer.
  if (!myself.peek().nickname) learn(answer.user);
  missingPeople();
  void missingGroups();
  const isLate = performance.now() > begunAt + LATE_SECONDS * 1000;
  if (!isFirst || isLate || line.hasMissed || loading.peek() === "failed") {
    void load();
    void learnMe();
    contactsAnew();
  }
  // What another tab has heard meanwhile is not told again.
  if (isFirst && line.hasMissed) renewAll();
  isFirst = false;
}

/** @param {Line} line @param {string[]} userids */
async function watch(line, userids) {
  if (line.link.value.state !== "open" || !line.holds.value || userids.length === 0) return;
  try {
    const { online } = await line.ask({ cmd: "presence", users: userids });
    line.publish({ ev: "online", users: online });
  } catch {
    setOnline([]);
  }
}

// Whether the server still believes who uses the page.
// The server ends a session before the browser has its next one.
const PROOF_PAUSES_SECONDS = [0, 2, 5];

/**
 * Go on where only the line's session has ended: a new password, set in another tab, begins another session.
 *
 * @param {import("../wire/line.js").Line} line
 */
function keepProven(line) {
  /** @type {unknown} */
  let tried;
  effect(() => {
    const { state, code } = line.link.value;
    const welcome = line.welcome.peek();
    if (state === "open") isLoggedOut.value = false;
    // Once after each welcome.
    if (state !== "ended" || code !== UNPROVEN || !line.holds.peek() || tried === welcome) return;
    tried = welcome;
    void renewSoon(line);
  });
}

/** @param {import("../wire/line.js").Line} line */
async function renewSoon(line) {
  for (const seconds of PROOF_PAUSES_SECONDS) {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    // Another tab may have been let in.
    if (line.link.peek().state !== "ended") return;
    if (await renew()) return line.restart();
  }
}
