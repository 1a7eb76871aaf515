// The words that several parts of the page use.

/** @type {Record<string, string>} */
export const common = {
  // Between sentences.
  " ": "",
  "A moderator has muted you.": "你已被管理员禁言。",
  Conversations: "会话",
  "It is no longer there.": "内容已不存在。",
  "It is too large.": "内容过大。",
  Message: "消息",
  Messages: "消息",
  "Reason: {reason}": "原因：{reason}",
  Send: "发送",
  "Sign in": "登录",
  "Something went wrong.": "出错了。",
  "The server cannot be reached. Try again later.": "无法连接服务器，请稍后重试。",
  "The server is busy. Try again in a moment.": "服务器繁忙，请稍候重试。",
  "This account is locked.": "账号已被封禁。",
  Today: "今天",
  "Too fast. Try again in {seconds} seconds.": "操作太频繁，请 {seconds} 秒后重试。",
  "User ID": "用户 ID",
  Yesterday: "昨天",
  "You may not do this.": "没有权限。",
};
