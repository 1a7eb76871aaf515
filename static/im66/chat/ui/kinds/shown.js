// Which of a picture's files is loaded.

import { useState } from "../../html.js";
import { shownAs } from "../../text/media_urls.js";

/**
 * Where to load the picture from now; undefined if nothing could be loaded, or what there is is too large to be shown.
 *
 * @param {string} url
 * @returns {{ src: string | undefined, onError: () => void, retry: () => void }}
 */
export function useShown(url) {
  const [failed, setFailed] = useState(0);
  return { src: shownAs(url)[failed], onError: () => setFailed(failed + 1), retry: () => setFailed(0) };
}
