import { html } from "../../html.js";
import { me } from "../../state/session.js";
import { register } from "../../text/kinds.js";
import { secondsIn } from "../../text/media_urls.js";
import { t } from "../../text/words.js";
import { laterPart } from "../parts/later.js";
import { media } from "./media.js";

const VoiceContent = laterPart(() => import("./audio_view.js"), "VoiceContent");

/** @param {string} url */
export const nameOf = (url) => t("Voice message, {seconds} seconds", { seconds: Math.max(1, secondsIn(url)) });

register("audio", {
  ...media((url, { id, from }) => html`<${VoiceContent} url=${url} unheard=${from !== me.value ? id : 0} />`),
  name: ({ content = "" }) => nameOf(content),
  icon: "mic",
});
