// The page's first script, which is small: says in which colours to draw, asks for the list, if the page does not bring
// it, for the messages of the conversation that the address names, and for the texts of the reader's language, while the
// large script is on its way.

import { config } from "./config.js";
import { firstLanguage } from "./state/languages.js";
import { remembered, setUserCookie } from "./state/remembered.js";
import { showKeptTheme } from "./state/theme.js";
import { placeIn } from "./text/conversation_ids.js";
import { headers, speakFor } from "./wire/credentials.js";
import { FIRST_ROWS, LIST, PAGE, addressOf, begin, isBrought, messagesOf, pageOf } from "./wire/first_requests.js";

showKeptTheme();
const texts = config.urls.texts[firstLanguage()];
if (texts) link({ rel: "preload", as: "fetch", crossOrigin: "anonymous", href: texts });

const userid = config.mode === "open" ? remembered() : config.userid;

if (userid) {
  link({ rel: "preload", as: "style", href: config.urls.style });
  speakFor(userid);
  const { conversation, message } = placeIn(location.hash);
  const page = message === null ? { limit: PAGE } : { around: message, limit: PAGE };
  if (!isBrought(userid)) begin(addressOf(LIST, FIRST_ROWS), headers());
  if (config.mode === "open") setUserCookie(userid);
  if (conversation) begin(addressOf(messagesOf(conversation), pageOf(conversation, page)), headers());
}

/** @param {object} what */
function link(what) {
  document.head.append(Object.assign(document.createElement("link"), what));
}
