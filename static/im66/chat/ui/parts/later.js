// Parts of the page that are seldom used, and are loaded when they are. web/modules.py makes a script of each.

import { html, useEffect, useState } from "../../html.js";
import { say } from "../../state/toasts.js";
import { t } from "../../text/words.js";
import { Dialog } from "./dialog.js";

/**
 * Load a module when it is needed, and once. What failed is tried again when it is asked for again.
 *
 * @template M
 * @param {() => Promise<M>} load   a function that does nothing but `import` another module, so that `web/modules.py` finds it
 */
export function later(load) {
  /** @type {Promise<M> | null} */
  let loading = null;
  const again = (/** @type {unknown} */ error) => {
    loading = null;
    throw error;
  };
  return () => (loading ??= load().catch(again));
}

/**
 * Do something with a module. If it cannot be loaded, that is said, and nothing happens.
 *
 * @template M
 * @param {() => Promise<M>} load   as `later` gives it
 * @param {(module: M) => unknown} act
 */
export const withLater = (load, act) => load().then(act, complainOfPart);

/**
 * A component of a module that is loaded when the component is drawn.
 *
 * @template M
 * @param {() => Promise<M>} load   as for `later`
 * @param {keyof M} name
 */
export const laterPart = (load, name) => drawnLater(load, name, Part);

/**
 * As `laterPart`, for a dialog.
 *
 * @template M
 * @param {() => Promise<M>} load
 * @param {keyof M} name
 */
export const laterDialog = (load, name) => drawnLater(load, name, WaitingDialog);

/**
 * As `laterPart`, for what people can do without: until it is there, nothing is.
 *
 * @template M
 * @param {() => Promise<M>} load
 * @param {keyof M} name
 */
export const laterHint = (load, name) => drawnLater(load, name, () => null);

/** @typedef {{ hasFailed: boolean, onRetry: () => void, onClose?: () => void }} Waiting   instead of the component */

/**
 * @template M
 * @param {() => Promise<M>} load
 * @param {keyof M} name
 * @param {(props: any) => any} Instead
 */
function drawnLater(load, name, Instead) {
  const module = later(load);
  /** @type {any} */
  let component = null;
  return function Later(/** @type {any} */ props) {
    const [tries, setTries] = useState(1);
    const [failedTries, setFailed] = useState(0);
    const [, setThere] = useState(component !== null);
    useEffect(() => {
      // It may have come since this was drawn, for another one.
      if (component) return setThere(true);
      let isGone = false;
      const onLoad = (/** @type {M} */ loaded) => {
        component = loaded[name];
        if (!isGone) setThere(true);
      };
      module().then(onLoad, () => isGone || setFailed(tries));
      return () => void (isGone = true);
    }, [tries]);
    if (component) return html`<${component} ...${props} />`;
    return html`<${Instead} hasFailed=${failedTries === tries} onRetry=${() => setTries(tries + 1)} onClose=${props.onClose} />`;
  };
}

export const complainOfPart = () => say(failed(), { isError: true });

const failed = () => t("This part of the page could not be loaded. Try again, or reload the page.");

/** @param {Waiting} props */
function Part({ hasFailed, onRetry }) {
  if (!hasFailed) return html`<p class="later" role="status">${t("Loading…")}</p>`;
  return html`
    <div class="later" role="alert">
      <p>${failed()}</p>
      <div class="later-actions">
        <button class="button" onClick=${() => location.reload()}>${t("Reload")}</button>
        <button class="button primary" data-focus="true" onClick=${onRetry}>${t("Try again")}</button>
      </div>
    </div>
  `;
}

/** @param {Waiting} props */
const WaitingDialog = ({ onClose = () => undefined, ...waiting }) =>
  html`<${Dialog} title=${waiting.hasFailed ? t("Not loaded") : t("Loading…")} onClose=${onClose} class="dialog-small later-dialog"><${Part} ...${waiting} /><//>`;
