import { html } from "../../html.js";
import { language } from "../../state/preferences.js";
import { moment } from "../../text/times.js";
import { told } from "./notices.js";

/** What has happened to the group. @param {{ notice: import("../../types.js").Notice }} props */
export function NoticeLine({ notice }) {
  return html`<p class="stream-line" title=${moment(notice.time, language.value)}><span dir="auto">${told(notice)}</span></p>`;
}
