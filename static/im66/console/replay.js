// The form of the script.

import { SCRIPTS } from "./examples.js";
import { prefilled } from "./forms.js";
import { signInForm } from "./frames.js";
import { parse, recorded, Runner } from "./script.js";

/** `send(frame)` throws if it cannot be sent; `attempt(action)` says what was thrown. */
export function startReplay({ connection, log, send, attempt, dialect, chosen, signIn }) {
  const form = document.getElementById("replay");
  const runner = new Runner(connection, send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!runner.running) attempt(() => run(form, runner, dialect()));
  });
  form.elements.stop.addEventListener("click", () => runner.stop());
  form.elements.record.addEventListener("click", () => {
    form.elements.frames.value = recorded(log.entries, dialect().escape);
    form.elements.frames.dispatchEvent(new Event("input", { bubbles: true }));
  });
  const forms = [form, signInForm("legacy"), signInForm("json")];
  prefilled(form.elements.frames, forms, () => SCRIPTS[chosen()](signIn(chosen()).frame).join("\n"));
}

async function run(form, runner, { unescape }) {
  const steps = parse(form.elements.frames.value, unescape);
  const tell = ({ line }) => say(`line ${line}`);
  let end = "failed";
  setRunning(form, true);
  try {
    end = (await runner.run(steps, tell)) ? "done" : "stopped";
  } finally {
    setRunning(form, false);
    say(end);
  }
}

function setRunning({ elements }, isRunning) {
  elements.run.disabled = isRunning;
  elements.stop.disabled = !isRunning;
  // A button that is disabled loses the keyboard's focus.
  (isRunning ? elements.stop : elements.run).focus();
}

function say(text) {
  document.getElementById("progress").textContent = text;
}
