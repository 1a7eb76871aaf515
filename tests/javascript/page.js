// As much of a page as those modules need that draw nothing. It is to be imported before them.

/** As chat/protocol/kinds gives them. */
const kinds = {
  text: { en: "Text", zh: "文字", media: "" },
  emotion: { en: "Sticker", zh: "表情", media: "" },
  picture: { en: "Picture", zh: "图片", media: "image" },
  audio: { en: "Voice message", zh: "语音", media: "audio" },
  video: { en: "Video", zh: "视频", media: "video" },
  "": { en: "Open with a newer version", zh: "请更新到新版本查看", media: "" },
};
const config = { mode: "open", userid: "", csrf: "", people: [], kinds, urls: { static: "/static/im66/" } };
const hears = new EventTarget();

/** The storage, which has its keys as properties; `room`: whether it takes more. */
class Place {
  getItem(key) {
    return Object.hasOwn(this, key) ? this[key] : null;
  }

  setItem(key, value) {
    if (!page.hasRoom) throw new Error("full");
    this[key] = String(value);
  }

  removeItem(key) {
    delete this[key];
  }
}

/** What tests may change. `reloads`: how often the page was to begin anew. */
export const page = { hasRoom: true, reloads: 0, hears };

/** Returns when all that was due at once is done. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

const globals = {
  document: {
    documentElement: { lang: "", dataset: {} },
    visibilityState: "visible",
    getElementById: () => ({ textContent: JSON.stringify(config) }),
    addEventListener: hears.addEventListener.bind(hears),
  },
  location: { protocol: "http:", host: "im66.test", href: "http://im66.test/", hash: "", reload: () => (page.reloads += 1) },
  localStorage: new Place(),
  sessionStorage: new Place(),
  navigator: { language: "en" },
  addEventListener: hears.addEventListener.bind(hears),
  dispatchEvent: hears.dispatchEvent.bind(hears),
  requestAnimationFrame: setImmediate,
  matchMedia: () => Object.assign(new EventTarget(), { matches: false }),
};
for (const [name, value] of Object.entries(globals)) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
