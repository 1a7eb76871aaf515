// Says that there are messages when a push service wakes the browser. It does not know which: the page asks the server.

const WORDS = {
  en: { title: "New messages", body: "Open the chat to read them." },
  zh: { title: "新消息", body: "打开聊天查看。" },
};
const language = new URL(self.location.href).searchParams.get("language") ?? "en";
const words = WORDS[language] ?? WORDS.en;

const windows = () => self.clients.matchAll({ type: "window", includeUncontrolled: true });

async function tell() {
  // An open page tells of messages itself.
  if ((await windows()).some((one) => one.visibilityState === "visible")) return;
  const icon = "/static/im66/favicon.svg";
  await self.registration.showNotification(words.title, { body: words.body, icon, tag: "im66", renotify: true });
}

async function open() {
  const [first] = await windows();
  if (first) await first.focus();
  else await self.clients.openWindow("/");
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("push", (event) => event.waitUntil(tell()));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open());
});
