import { html } from "../../html.js";
import { language } from "../../state/preferences.js";
import { t } from "../../text/words.js";
import { Segments } from "./segments.js";

/** @type {{ value: import("../../state/preferences.js").Language, label: string, lang: string }[]} */
const LANGUAGES = [
  { value: "en", label: "English", lang: "en" },
  { value: "zh", label: "中文", lang: "zh-Hans" },
];

/** Each language is named in itself. @param {{ isPlain?: boolean }} props */
export function LanguageChoice({ isPlain = false }) {
  const choose = (/** @type {import("../../state/preferences.js").Language} */ chosen) => {
    language.value = chosen;
  };
  return html`<${Segments} label=${t("Language")} value=${language.value} options=${LANGUAGES} onChange=${choose} isPlain=${isPlain} />`;
}
