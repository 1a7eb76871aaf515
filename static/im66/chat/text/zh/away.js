// Chinese texts of being away.

/** @type {Record<string, string>} */
export const away = {
  "This browser has no room left: keep the page open until your messages are sent.":
    "浏览器存储空间已满，消息发出前请不要关闭此页面。",
};
