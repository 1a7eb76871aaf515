// Says which browser asks to sign in, and confirms or refuses. The code is behind the # of the address, from where it goes.

const API = "/api/v1/me/logins/code";

const asks = document.querySelector("[data-asks]");
const status = document.querySelector("[data-status]");
const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
const code = location.hash.slice(1);

history.replaceState(null, "", location.pathname);
for (const button of document.querySelectorAll("[data-decide]")) {
  button.addEventListener("click", () => void decide(button.dataset.decide));
}
async function look() {
  if (!code) return say("missing");
  say("loading");
  const asking = await call("");
  if (!asking) return;
  say("");
  show(asking);
  asks.hidden = false;
}

function show({ browser, system, address, near, time }) {
  const age = Math.max(0, Math.round(Date.now() / 1000) - time);
  const values = { browser, system, address, age: textOf("age").replace("{seconds}", age) };
  for (const [name, value] of Object.entries(values)) asks.querySelector(`[data-value=${name}]`).textContent = value || textOf("unknown");
  for (const one of asks.querySelectorAll("[data-near]")) one.hidden = one.dataset.near !== String(near);
}

async function decide(what) {
  for (const button of document.querySelectorAll("[data-decide]")) button.disabled = true;
  if (await call(`/${what}`)) say(what);
  asks.hidden = true;
}

/** What is answered; undefined, and said, if that is a refusal. */
async function call(path) {
  try {
    const answer = await fetch(API + path, {
      method: "POST",
      headers: { "X-CSRFToken": token, "Content-Type": "application/json" },
      body: JSON.stringify({ code }),
    });
    if (answer.status === 204) return true;
    const read = await answer.json();
    if (answer.ok) return read;
    status.textContent = answer.status === 404 ? textOf("gone") : read.error.reason;
  } catch {
    say("failed");
  }
  return undefined;
}

const textOf = (name) => document.querySelector(`[data-said="${name}"]`).content.textContent;

function say(name) {
  status.textContent = name && textOf(name);
}

void look();
