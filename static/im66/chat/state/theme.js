// In which colours the page is drawn. The first script sets them, so that nobody who likes it dark sees a white page
// before: it must stay small.

import { keptAt } from "./stored.js";

const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

/** @param {string | null} theme   `light`, `dark`; for others, what the system has */
export function showTheme(theme) {
  const chosen = theme === "light" || theme === "dark";
  document.documentElement.dataset.theme = chosen ? theme : systemIsDark.matches ? "dark" : "light";
}

/** @param {() => void} changed   called whenever the system has another one */
export const onSystemTheme = (changed) => systemIsDark.addEventListener("change", changed);

/** In the theme that was chosen before, in this browser. */
export const showKeptTheme = () => showTheme(keptAt("im66.theme"));
