// The Chinese texts, by the English ones.

import { composer } from "./zh/composer.js";
import { contacts } from "./zh/contacts.js";
import { panel } from "./zh/panel.js";
import { poll } from "./zh/poll.js";
import { sidebar } from "./zh/sidebar.js";
import { stream } from "./zh/stream.js";

/** What several parts of the page say. */
const common = {
  // Between sentences.
  " ": "",
  "A moderator has muted you.": "你已被管理员禁言。",
  Bot: "机器人",
  Conversations: "会话",
  "It is no longer there.": "内容已不存在。",
  "It is too large.": "内容过大。",
  Message: "消息",
  Messages: "消息",
  "Not loaded": "加载失败",
  Reload: "刷新页面",
  "Reason: {reason}": "原因：{reason}",
  Send: "发送",
  "Sign in": "登录",
  "Something went wrong.": "出错了。",
  "The server cannot be reached. Try again later.": "无法连接服务器，请稍后重试。",
  "The server is busy. Try again in a moment.": "服务器繁忙，请稍候重试。",
  "This account is locked.": "账号已被封禁。",
  "This part of the page could not be loaded. Try again, or reload the page.": "这部分内容加载失败，请重试或刷新页面。",
  Today: "今天",
  "Too fast. Try again in {seconds} seconds.": "操作太频繁，请 {seconds} 秒后重试。",
  "User ID": "用户 ID",
  Yesterday: "昨天",
  "You may not do this.": "没有权限。",
};

/** What is said of being away. */
const away = {
  "After 1 day without the server they are deleted.": "超过 1 天未连上服务器即自动删除。",
  "After {count} days without the server they are deleted.": "超过 {count} 天未连上服务器即自动删除。",
  "Keep recent messages on this device": "在此设备上保存最近的消息",
  "No connection. You see recent messages that this device keeps; search needs the server.": "没有网络连接。当前显示的是此设备保存的最近消息，联网后才能搜索。",
  "Read them without a network. Turn this on only on your own device. Signing out deletes them.": "没有网络时也能查看。请仅在自己的设备上开启，退出登录后即删除。",
  "This browser can't keep them here.": "此浏览器无法保存消息。",
  "This browser has no room left: keep the page open until your messages are sent.":
    "浏览器存储空间已满，消息发出前请不要关闭此页面。",
};

/** What is said of reporting to the moderators. */
const reporting = {
  "Choose what is wrong.": "请选择举报原因。",
  "Insults or threats": "辱骂或威胁",
  Report: "举报",
  "Report the group": "举报群聊",
  "Report this message": "举报这条消息",
  "Report this person": "举报该用户",
  "Report {name}": "举报“{name}”",
  "Report…": "举报…",
  "Reported. The moderators will look at it.": "已举报，管理员会尽快处理。",
  "Sexual content": "色情内容",
  Other: "其他",
  "Illegal content": "违法内容",
  "Spam or advertising": "垃圾信息或广告",
  "The moderators get the group’s name and notice. Your name is not shown to them. You get a message when they have dealt with it.":
    "管理员会看到群名称和群公告。群成员不会知道是谁举报的。处理完毕后，你会收到一条消息。",
  "The moderators get this message with a few before and after it. Your name is not shown to them. You get a message when they have dealt with it.":
    "管理员会看到这条消息及其前后的几条消息。发送者不会知道是谁举报的。处理完毕后，你会收到一条消息。",
  "The moderators get this person’s profile and last messages to you. Your name is not shown to them. You get a message when they have dealt with it.":
    "管理员会看到对方的资料，以及对方最近发给你的消息。对方不会知道是谁举报的。处理完毕后，你会收到一条消息。",
  Violence: "暴力内容",
  "What else should they know? (optional)": "补充说明（选填）",
  "What is wrong?": "举报原因",
};

/** @type {Record<string, string>} */
export const zh = { ...away, ...common, ...composer, ...contacts, ...panel, ...poll, ...reporting, ...sidebar, ...stream };
