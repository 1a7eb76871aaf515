// How many messages are unread, where the page is not looked at: in its title and its icon.

import { effect } from "../../vendor/signals.js";
import { asset } from "../config.js";
import { unread } from "./conversations.js";

const NAME = "im66";
const MOST_SHOWN = 99;

/** Begin to show it. */
export function startCounting() {
  effect(() => {
    const count = unread.value;
    document.title = count > 0 ? `(${count > MOST_SHOWN ? `${MOST_SHOWN}+` : count}) ${NAME}` : NAME;
  });
  effect(() => {
    const icon = /** @type {HTMLLinkElement | null} */ (document.querySelector('link[rel="icon"]'));
    if (icon) icon.href = asset(unread.value > 0 ? "favicon-unread.svg" : "favicon.svg");
  });
}
