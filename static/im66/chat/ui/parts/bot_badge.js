import { html } from "../../html.js";
import { t } from "../../text/words.js";

/** Marks a program beside its name. @param {{ is?: boolean }} props */
export const BotBadge = ({ is }) => (is ? html`<span class="bot-badge">${t("Bot")}</span>` : null);
