// Shows a code that a phone confirms, on the sign-in page, and goes on when that is done.

import { encode } from "./vendor/uqr.js";

const LOOK_MS = 2000;
// A page that nobody looks at must not ask for ever.
const MAX_CODES = 5;
const SVG = "http://www.w3.org/2000/svg";

const part = document.querySelector(".sign-in-code");
const { begin, state } = part.dataset;
const form = part.querySelector("form");
const status = part.querySelector("[role=status]");
const button = part.querySelector("[data-show]");
const shown = part.querySelector("[data-shown]");
const token = form.querySelector("[name=csrfmiddlewaretoken]").value;

part.hidden = false;
button.addEventListener("click", () => void run());

async function run() {
  button.hidden = true;
  say("");
  let end = "gone";
  try {
    for (let count = 0; end === "gone" && count < MAX_CODES; count++) end = await showOne();
  } catch (error) {
    end = error.message;
  }
  shown.hidden = true;
  say(end);
  if (end === "confirmed") return form.requestSubmit();
  button.textContent = textOf("again");
  button.hidden = false;
}

/** One code, until it is decided on, or expires. */
async function showOne() {
  const { url } = await ask(begin);
  draw(url);
  shown.hidden = false;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const { state: now } = await ask(state);
    if (now === "seen") say("seen");
    else if (now !== "waiting") return now;
  }
}

async function ask(address) {
  let answer;
  try {
    answer = await fetch(address, { method: "POST", headers: { "X-CSRFToken": token } });
  } catch {
    throw new Error("failed");
  }
  if (!answer.ok) throw new Error(answer.status === 429 ? "too_fast" : "failed");
  return answer.json();
}

/** As a picture: dark on light, whatever the page's colours are. */
function draw(text) {
  const { data, size } = encode(text, { border: 2 });
  const dark = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : [])));
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", `0 0 ${size} ${size}`);
  picture.setAttribute("shape-rendering", "crispEdges");
  const path = picture.appendChild(document.createElementNS(SVG, "path"));
  path.setAttribute("d", dark.join(""));
  part.querySelector(".qr").replaceChildren(picture);
}

const textOf = (name) => part.querySelector(`[data-said="${name}"]`).content.textContent;

function say(name) {
  status.textContent = name && textOf(name);
}
