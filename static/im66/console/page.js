// Puts the page together: the connection, the log, and the forms.

import { startCalls } from "./calls.js";
import { startDialect, startTabs } from "./choices.js";
import { Connection } from "./connection.js";
import { DIALECTS } from "./dialects.js";
import { startFilter } from "./filter.js";
import { refresh } from "./forms.js";
import { startFrames } from "./frames.js";
import { kinds } from "./kinds.js";
import { Log } from "./log.js";
import { newPerson } from "./person.js";
import { startReplay } from "./replay.js";
import { copy, download, transcript } from "./transcript.js";

const element = (id) => document.getElementById(id);

const connection = new Connection();
const log = new Log(element("entries"), element("scroller"), element("entry"));
const frames = startFrames({ send });
let person = newPerson("legacy");

const note = (text, ...tags) => log.add("note", text, { tags, measured: null });
const chosen = () => element("connection").elements.dialect.value;
const dialect = () => DIALECTS[chosen()];

async function attempt(action) {
  try {
    await action();
  } catch (error) {
    note(error.message, "failed");
  }
}

function send(frame) {
  attempt(() => sendOrThrow(frame));
}

function sendOrThrow(frame) {
  connection.send(frame);
  log.add("out", frame, { tokens: dialect().tokens(frame, false) });
  person.sent(frame);
  showPerson();
}

function receive(frame) {
  const { tagsOf, explain, tokens } = dialect();
  log.add("in", frame, { tags: tagsOf(frame), explained: explain(frame, kinds), tokens: tokens(frame, true) });
  person.received(frame);
  showPerson();
  frames.hear(frame, chosen());
}

function showPerson() {
  element("person").textContent = connection.open ? person.name : "nobody";
}

function startConnectionForm() {
  const form = element("connection");
  form.elements.address.value = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/entry`;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (connection.busy) connection.disconnect();
    else attempt(() => connect(form.elements.address.value));
  });
  connection.addEventListener("state", ({ detail }) => showState(detail, form.elements.toggle));
  connection.addEventListener("frame", ({ detail }) => receive(detail));
}

function connect(address) {
  person = newPerson(chosen());
  connection.connect(address, dialect().SUBPROTOCOLS);
}

function showState({ state, text }, toggle) {
  element("state").textContent = text;
  element("state").dataset.state = state;
  // One button for both ways, so that it keeps the keyboard's focus.
  toggle.textContent = connection.busy ? "Disconnect" : "Connect";
  element("dialect").disabled = connection.busy;
  showPerson();
  note(`Connection: ${text}`);
}

function startLog() {
  const count = () => (element("shown").textContent = `${log.visible} of ${log.entries.length} shown`);
  log.addEventListener("change", ({ detail }) => {
    count();
    // One line has no room for more, and a frame may be as long as a book.
    if (detail.latest !== null) element("latest").textContent = detail.latest.slice(0, 200) || "empty";
  });
  startFilter(element("filter"), (matches) => {
    log.show(matches);
    count();
  });
}

function startLogButtons() {
  const text = () => transcript(log.entries);
  element("clear").addEventListener("click", () => log.clear());
  element("download").addEventListener("click", () => download(text(), "im66-console.txt"));
  element("copy").addEventListener("click", () =>
    attempt(async () => {
      await copy(text());
      note("Copied.");
    }),
  );
}

startConnectionForm();
startLog();
startLogButtons();
startTabs(document.querySelectorAll("[name=shown]"));
startReplay({ connection, log, send: sendOrThrow, attempt, dialect, chosen, signIn: frames.signIn });
const calls = startCalls({ log, note, signIn: () => frames.signIn(chosen()) });
startDialect(element("connection"), () => {
  for (const form of [...calls, element("replay")]) refresh(form);
});
