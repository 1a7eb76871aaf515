// The words about reporting to the moderators.

/** @type {Record<string, string>} */
export const reporting = {
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
  "Something else": "其他",
  "Something illegal": "违法内容",
  "Spam or advertising": "垃圾信息或广告",
  "The moderators get the group’s name and notice. Its members are not told who has reported it. You get a message when it was dealt with.":
    "管理员会看到群名称和群公告。群成员不会知道是谁举报的。处理完毕后，你会收到一条消息。",
  "The moderators get this message with a few before and after it. Its author is not told who has reported it. You get a message when it was dealt with.":
    "管理员会看到这条消息及其前后的几条消息。发送者不会知道是谁举报的。处理完毕后，你会收到一条消息。",
  "The moderators get this person’s profile and last messages to you. The person is not told who has reported it. You get a message when it was dealt with.":
    "管理员会看到对方的资料，以及对方最近发给你的消息。对方不会知道是谁举报的。处理完毕后，你会收到一条消息。",
  Violence: "暴力内容",
  "What else should they know? (optional)": "补充说明（选填）",
  "What is wrong?": "举报原因",
};
