import { html } from "../../html.js";
import { language, speak } from "../../state/preferences.js";
import { t } from "../../text/words.js";
import { complainOfPart } from "./later.js";
import { Segments } from "./segments.js";

/** @type {{ value: import("../../state/preferences.js").Language, label: string, lang: string }[]} */
const LANGUAGES = [
  { value: "en", label: "English", lang: "en" },
  { value: "zh", label: "简体中文", lang: "zh-Hans" },
  { value: "zh-hant", label: "繁體中文", lang: "zh-Hant" },
];

/** Each language is named in itself. @param {{ isPlain?: boolean }} props */
export function LanguageChoice({ isPlain = false }) {
  const choose = (/** @type {import("../../state/preferences.js").Language} */ chosen) =>
    speak(chosen).catch(complainOfPart);
  return html`<${Segments} label=${t("Language")} value=${language.value} options=${LANGUAGES} onChange=${choose} isPlain=${isPlain} />`;
}
