// The Chinese texts, by the English ones.

import { away } from "./zh/away.js";
import { common } from "./zh/common.js";
import { composer } from "./zh/composer.js";
import { panel } from "./zh/panel.js";
import { reporting } from "./zh/reporting.js";
import { sidebar } from "./zh/sidebar.js";
import { stream } from "./zh/stream.js";

/** @type {Record<string, string>} */
export const zh = { ...away, ...common, ...composer, ...panel, ...reporting, ...sidebar, ...stream };
