// The script that the browser runs without a page, static/im66/worker: it wakes this page's user, and says what to do
// when there is no network.

const PATH = "/push-worker.js";

/** Whether this browser runs one for this page. */
export const canRunWorker = () => isSecureContext && "serviceWorker" in navigator;

/** Do what it asks for: show a conversation that somebody chose in a notification. @param {(conversation: string) => void} show */
export function listenToWorker(show) {
  if (canRunWorker()) navigator.serviceWorker.addEventListener("message", ({ data }) => data?.show && show(data.show));
}

/** It runs from now on. Raises an error where the browser does not want that. @returns {Promise<ServiceWorkerRegistration>} */
export async function worker() {
  await navigator.serviceWorker.register(PATH);
  return navigator.serviceWorker.ready;
}

/**
 * Tell the one that runs, if there is one.
 *
 * @param {{ userid: string, language: string, quiet: object | null, isInstalled: boolean } | null} state
 *   who uses the page, and how; null if nobody does any more
 */
export async function postToWorker(state) {
  if (!canRunWorker()) return;
  const registration = await navigator.serviceWorker.getRegistration().catch(() => undefined);
  (registration?.active ?? registration?.waiting)?.postMessage({ state });
}
