// The end of a list that goes on: its next page is loaded when it comes into sight.

import { html, useEffect, useRef, useState } from "../../html.js";
import { more } from "../../state/conversations.js";
import { hasMore, nexts } from "../../state/folders.js";
import { t } from "../../text/words.js";

/** @param {{ folder: import("../../state/folders.js").Folder }} props */
export function MoreRows({ folder }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const [hasFailed, setFailed] = useState(false);
  const next = nexts.value.get(folder);
  const goesOn = hasMore(folder);
  useEffect(() => {
    if (!goesOn || hasFailed || !place.current) return;
    const load = () => more(folder).catch(() => setFailed(true));
    // Asked for while a screen of rows is still below.
    const sight = new IntersectionObserver((seen) => void (seen.at(-1)?.isIntersecting && load()), {
      root: place.current.closest(".sidebar-rows"),
      rootMargin: "100%",
    });
    sight.observe(place.current);
    return () => sight.disconnect();
  }, [next, goesOn, hasFailed, folder]);
  if (!goesOn) return null;
  if (hasFailed) {
    return html`
      <div class="rows-nothing">
        <p>${t("The conversations could not be loaded.")}</p>
        <button class="button" onClick=${() => setFailed(false)}>${t("Try again")}</button>
      </div>
    `;
  }
  return html`
    <div ref=${place} class="row-ghost" role="status"><span class="visually-hidden">${t("Loading the conversations")}</span><span /><span /></div>
  `;
}
