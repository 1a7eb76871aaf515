import { html } from "../../html.js";
import { Icon } from "../parts/icon.js";

/** Opens the dialog. @param {{ label: string, onReport: () => void }} props */
export const ReportButton = ({ label, onReport }) =>
  html`<button class="button danger" onClick=${onReport}><${Icon} name="flag" />${label}</button>`;
