// A list that grows: its first portion, and older ones when they are asked for.

import { html, useEffect, useState } from "../../html.js";
import { explained } from "../../state/toasts.js";
import { t } from "../../text/words.js";

/** @template List @typedef {{ list: List, setList: (change: List | ((now: List) => List)) => void, state: string, below: (more: boolean) => any }} Older */

/**
 * `below`: what stands below the list, if there is more of it or not.
 *
 * @template List
 * @param {List} none   before anything is found
 * @param {(list: List) => Promise<List>} load   all that is found with the next portion
 * @returns {Older<List>}
 */
export function useOlder(none, load) {
  const [list, setList] = useState(none);
  const [state, setState] = useState("asking");
  const [failed, setFailed] = useState("");
  useEffect(() => {
    if (state !== "asking") return;
    let isGone = false;
    load(list).then(
      (all) => {
        if (isGone) return;
        setList(() => all);
        setState("ready");
      },
      (error) => {
        if (isGone) return;
        setFailed(explained(error));
        setState("failed");
      },
    );
    return () => void (isGone = true);
  }, [state]);
  const below = (/** @type {boolean} */ more) => html`
    ${state === "asking" && html`<p class="panel-note" role="status">${t("Loading…")}</p>`}
    ${state === "failed" && html`<p class="panel-error" role="alert">${failed}</p>`}
    ${(state === "failed" || (state === "ready" && more)) && html`<button class="button" onClick=${() => setState("asking")}>${state === "failed" ? t("Try again") : t("Show older")}</button>`}
  `;
  return { list, setList, state, below };
}
