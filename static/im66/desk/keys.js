// Keys of the desk: elements say theirs in `data-key`, and `?` lists them. Without this script everything is clicked.

const OFF = "im66-desk-keys-off";

/** @returns {HTMLInputElement[]} */
const boxes = () => [...document.querySelectorAll(/** @type {any} */ ("input[type=checkbox][name=chosen]"))];

/** @param {Element} box */
const rowOf = (box) => /** @type {HTMLElement} */ (box.closest("li, tr"));

/** The place of the row that has the focus; -1 if none has it. */
function current() {
  const row = document.activeElement?.closest("li, tr");
  return row ? boxes().findIndex((box) => rowOf(box) === row) : -1;
}

/** @param {number} steps */
function move(steps) {
  const all = boxes();
  const box = all[Math.min(Math.max(current() + steps, 0), all.length - 1)];
  box?.focus();
  if (box) {
    rowOf(box).scrollIntoView({ block: "nearest" });
  }
}

function choose() {
  const box = boxes()[Math.max(current(), 0)];
  if (box) {
    box.click();
    box.focus();
    move(1);
  }
}

function open() {
  const box = boxes()[current()];
  /** @type {HTMLElement | null | undefined} */ (box && rowOf(box).querySelector("a[href]"))?.click();
}

/** @type {Record<string, () => void>} */
const LIST = { j: () => move(1), k: () => move(-1), x: choose, o: open };

/**
 * Does what a click would do. What needs a choice is done to the row that has the focus, if nothing is chosen.
 * @param {HTMLElement} element
 */
function press(element) {
  const here = boxes()[current()];
  if (element.matches("button[name=act]") && here && !boxes().some((box) => box.checked)) {
    here.click();
  }
  element.focus();
  if (!element.matches("textarea")) {
    element.click();
  }
}

/** @param {Element} element */
const isSeen = (element) => element.checkVisibility();

/** @param {string} key */
function find(key) {
  const buttons = [...document.querySelectorAll(/** @type {any} */ (`[data-key="${CSS.escape(key)}"]`))];
  return buttons.find(isSeen);
}

/** @param {EventTarget | null} target */
function isWriting(target) {
  const fields = "textarea, select, input:not([type=checkbox], [type=radio], [type=submit])";
  return target instanceof Element && target.matches(fields);
}

/** @param {KeyboardEvent} event */
function send(event) {
  const form = event.target instanceof Element && event.target.closest("form");
  const button = form && form.querySelector("button.default");
  if (button) {
    event.preventDefault();
    form.requestSubmit(/** @type {HTMLButtonElement} */ (button));
  }
}

/** @param {Element} element */
function titleOf(element) {
  const label = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement ? element.labels?.[0] : null;
  return (element.getAttribute("data-key-title") ?? (label ?? element).textContent ?? "").trim();
}

/**
 * Lists the keys of this page.
 * @param {HTMLDialogElement} dialog
 */
function show(dialog) {
  for (const old of dialog.querySelectorAll("[data-made]")) {
    old.remove();
  }
  const list = /** @type {HTMLElement} */ (dialog.querySelector("dl"));
  for (const one of list.querySelectorAll("[data-needs]")) {
    const needed = String(/** @type {HTMLElement} */ (one).dataset.needs);
    one.toggleAttribute("hidden", !document.querySelector(needed));
  }
  for (const element of document.querySelectorAll("[data-key]")) {
    if (isSeen(element)) {
      const row = document.createElement("div");
      row.dataset.made = "";
      const [key, title] = [document.createElement("dt"), document.createElement("dd")];
      key.append(document.createElement("kbd"));
      key.firstElementChild?.append(String(element.getAttribute("data-key")));
      title.append(titleOf(element));
      row.append(key, title);
      list.append(row);
    }
  }
  dialog.showModal();
}

const help = document.getElementById("desk-keys");
const opener = document.querySelector("[data-shortcuts]");
if (help instanceof HTMLDialogElement && opener) {
  const isOn = /** @type {HTMLInputElement} */ (help.querySelector("input[type=checkbox]"));
  isOn.checked = localStorage.getItem(OFF) === null;
  isOn.addEventListener("change", () => {
    if (isOn.checked) {
      localStorage.removeItem(OFF);
    } else {
      localStorage.setItem(OFF, "1");
    }
  });
  opener.removeAttribute("hidden");
  opener.addEventListener("click", () => show(help));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      send(event);
      return;
    }
    const isModified = event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
    if (isModified || !isOn.checked || help.open || isWriting(event.target)) {
      return;
    }
    const button = find(event.key);
    const act = event.key === "?" ? () => show(help) : button ? () => press(button) : boxes().length ? LIST[event.key] : undefined;
    if (act) {
      event.preventDefault();
      act();
    }
  });
}
