// Keeps a part of a page new, as long as somebody looks at it.

const SECONDS = 5;

/** @param {HTMLElement} part */
async function refresh(part) {
  const response = await fetch(String(part.dataset.live), { credentials: "same-origin" });
  if (!response.ok || response.redirected) {
    return;
  }
  const open = [...part.querySelectorAll("details[open]")].map((one) => one.id);
  const focused = focusedIn(part);
  const scrolled = [...part.querySelectorAll(".desk-scroll")].map((one) => one.scrollLeft);
  part.innerHTML = await response.text();
  for (const id of open) {
    part.querySelector(`#${id}`)?.setAttribute("open", "");
  }
  part.querySelectorAll(".desk-scroll").forEach((one, at) => {
    one.scrollLeft = scrolled[at] ?? 0;
  });
  focusables(part)[focused]?.focus({ preventScroll: true });
}

/**
 * @param {HTMLElement} part
 * @returns {HTMLElement[]}
 */
function focusables(part) {
  return [...part.querySelectorAll(/** @type {any} */ ("a, summary, [tabindex]"))];
}

/** @param {HTMLElement} part */
function focusedIn(part) {
  return focusables(part).findIndex((one) => one === document.activeElement);
}

/** @param {HTMLElement} part */
async function keepNew(part) {
  if (!document.hidden) {
    try {
      await refresh(part);
    } catch {
      // The server is away for a moment; the next attempt may find it.
    }
  }
  setTimeout(() => keepNew(part), SECONDS * 1000);
}

for (const part of document.querySelectorAll("[data-live]")) {
  setTimeout(() => keepNew(/** @type {HTMLElement} */ (part)), SECONDS * 1000);
}
