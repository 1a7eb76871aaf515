// The icons: strokes on a grid of 24, drawn for this page.

import { html } from "../../html.js";

/** @type {Record<string, string>} */
const PATHS = {
  archive: "M4 5h16v4H4zM6 9v10h12V9M10 13h4",
  attach: "M20 11.5 12.3 19a5 5 0 0 1-7-7L13 4.3a3.3 3.3 0 0 1 4.7 4.7l-7.7 7.6a1.7 1.7 0 0 1-2.4-2.4L14.5 7.5",
  back: "M15 5l-7 7 7 7",
  bell: "M6 10a6 6 0 0 1 12 0c0 5 2 6 2 6H4s2-1 2-6M10 20h4",
  bellOff: "M4 4l16 16M8 5.6A6 6 0 0 1 18 10c0 2 .3 3.5.8 4.5M6.3 8.5C6 11 6 14 4 16h12M10 20h4",
  block: "M5.6 5.6l12.8 12.8M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  check: "M5 12.5l4.5 4.5L19 7.5",
  checks: "M2.5 12.5 7 17l9-9.5M12 17l9.5-9.5",
  clock: "M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  close: "M6 6l12 12M18 6L6 18",
  console: "M3 5h18v14H3zM7 9.5l3 2.5-3 2.5M12.5 15h4.5",
  copy: "M9 9h11v11H9zM15 9V4H4v11h5",
  crown: "M4 18h16M4 7l4 5 4-7 4 7 4-5-1.5 8h-13z",
  down: "M6 9l6 6 6-6",
  download: "M12 4v11m-5-5 5 5 5-5M5 20h14",
  edit: "M4 20l1-4L16 5l3 3L8 19l-4 1M14 7l3 3",
  emotion: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8.5 14.5c1.8 2.3 5.2 2.3 7 0M9 9.5v.01M15 9.5v.01",
  eraser: "M8 19l-4-4L14 5l5 5-9 9zM8 19h12",
  error: "M12 8v5M12 16.5v.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  flag: "M6 21V4M6 5c4-3 7 3 12 0v9c-5 3-8-3-12 0",
  forward: "M9 5l7 7-7 7",
  group: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2.5 20c0-3.5 2.9-5.5 6.5-5.5s6.5 2 6.5 5.5M16 4.5a3.2 3.2 0 0 1 0 6.2M18 15c2.1.8 3.5 2.5 3.5 5",
  info: "M12 11v5M12 7.5v.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  keyboard: "M3 6h18v12H3zM7 10v.01M11 10v.01M15 10v.01M7 14h10",
  leave: "M14 4H5v16h9M10 12h11m-4-4 4 4-4 4",
  mic: "M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3M5 11.5a7 7 0 0 0 14 0M12 18.5V22",
  minus: "M5 12h14",
  more: "M5 11.5v1M12 11.5v1M19 11.5v1",
  newChat: "M20 12v6a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2h6M18 3v6M15 6h6",
  offline: "M4 4l16 16M2.5 9.5A14 14 0 0 1 8 6.3M12 5.5a14 14 0 0 1 9.5 4M6 13a9 9 0 0 1 4.5-2.4M15.5 11.5A9 9 0 0 1 18 13M9.5 16.5a4 4 0 0 1 5 0M12 20v.01",
  pause: "M8 5v14M16 5v14",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4.5 21c0-4 3.3-6.5 7.5-6.5s7.5 2.5 7.5 6.5",
  picture: "M4 5h16v14H4zM4 16l4.5-5 4 4.5 3-3 4.5 4.5M15.5 9v.01",
  place: "M12 21s-6.5-6-6.5-11a6.5 6.5 0 0 1 13 0c0 5-6.5 11-6.5 11M12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5",
  pin: "M9 4h6l-1 6 4 3v2H6v-2l4-3zM12 15v6",
  play: "M8 5l11 7-11 7z",
  plus: "M12 5v14M5 12h14",
  poll: "M6 20v-8M12 20V4M18 20v-5",
  reply: "M10 6l-6 6 6 6M4 12h9c4 0 7 2 7 7",
  retry: "M4 12a8 8 0 1 0 2.5-5.8M4 4v4.5h4.5",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16.2 16.2 21 21",
  select: "M4 4h16v16H4zM8 12l3 3 5-6",
  send: "M4 12l16-8-6 16-3-7zM11 13l9-9",
  settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5",
  star: "M12 3.5l2.7 5.5 6 .9-4.4 4.3 1 6-5.3-2.8-5.3 2.8 1-6-4.4-4.3 6-.9z",
  stop: "M7 7h10v10H7z",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  undo: "M9 6 4 11l5 5M4 11h10a6 6 0 0 1 0 12h-3",
  passOn: "M14 5v4C7 9 4 13 3 19c2.5-3.5 6-5 11-5v4l7-6.5z",
  unread: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8",
  up: "M6 15l6-6 6 6",
  video: "M3 6h12v12H3zM15 10.5 21 7v10l-6-3.5",
};

/** @param {{ name: string, label?: string }} props   `label`: what it says, where nothing else does */
export function Icon({ name, label }) {
  return html`
    <svg class="icon" viewBox="0 0 24 24" aria-hidden=${label ? undefined : "true"} role=${label ? "img" : undefined} aria-label=${label}>
      <path d=${PATHS[name] ?? ""} />
    </svg>
  `;
}
