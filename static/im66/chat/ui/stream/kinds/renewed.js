import { useEffect } from "../../../html.js";
import { renewedIn } from "../../../text/media_urls.js";

const AGAIN_AFTER = 30_000;
// A timer takes no more.
const LONGEST = 2 ** 31 - 1;

/**
 * Asks for the address of a file anew before it expires, as long as it is shown.
 *
 * @param {{ url: string, id?: number, timeline: import("../../../state/timeline.js").Timeline }} props
 */
export function Renewed({ url, id, timeline }) {
  useEffect(() => {
    const delay = 1000 * renewedIn(url, Date.now() / 1000);
    if (id === undefined || delay > LONGEST) return undefined;
    let timer = setTimeout(renew, delay);
    let isGone = false;
    async function renew() {
      if (!(await timeline.freshen(/** @type {number} */ (id))) && !isGone) timer = setTimeout(renew, AGAIN_AFTER);
    }
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [url]);
  return null;
}
