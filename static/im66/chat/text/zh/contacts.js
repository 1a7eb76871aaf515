// What is said of contacts, requests, and who can reach the user.

/** @type {Record<string, string>} */
export const contacts = {
  Contacts: "联系人",
  "Search contacts": "搜索联系人",
  "No contact has this name.": "没有找到这个联系人。",
  "No contacts yet. Open a person’s details to add them.": "还没有联系人。打开对方的资料即可添加。",
  "Find people": "查找用户",
  "Add {name}": "添加“{name}”",
  "They get a request to add you too. Contacts can reach you wherever “Who can reach me” says “My contacts”.":
    "添加后，对方会收到请求，通过后你们互为联系人。“谁可以联系我”设为“我的联系人”时，联系人不受限制。",
  "Who are you? (optional)": "验证信息（选填）",
  "Add contact": "添加",
  "You and {name} are contacts.": "你和“{name}”已互为联系人。",
  "{name} was added and gets your request.": "已添加“{name}”，并已向对方发送请求。",
  "{name} was added, but accepts no requests.": "已添加“{name}”，但对方不接受请求。",
  "Message requests": "消息请求",
  "Message requests ({count})": "消息请求（{count}）",
  "Message request": "消息请求",
  "No requests.": "暂无请求。",
  "Contact requests": "请求加你为联系人",
  "Messages from people you don't know": "陌生人发来的消息",
  "Sent requests": "我发出的请求",
  "You don't know this person yet. They can't see that you read this. If you reply, you accept.":
    "对方是陌生人，不会知道你已查看。回复即表示接受。",
  "Contact request sent.": "已发送请求，等待对方同意。",
  "Remove from contacts": "从联系人中移除",
  "Add to contacts": "添加到联系人",
  "This person wants to be your contact.": "对方请求加你为联系人。",
  "Send contact request": "申请加为联系人",
  "This person doesn't accept messages from you.": "对方设置了不接收你的消息。",
  "Who can reach me": "谁可以联系我",
  "“People I know” are people in your groups, people you have written to, and people you have accepted.":
    "“我认识的人”指同群成员、你发过消息的人，以及你接受过的人。",
  Everybody: "所有人",
  "People I know": "我认识的人",
  "My contacts": "我的联系人",
  Nobody: "不允许任何人",
};
