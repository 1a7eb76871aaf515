// The Chinese texts of polls.

/** @type {Record<string, string>} */
export const poll = {
  "1 vote": "1 票",
  "Answer {number}": "选项 {number}",
  Answers: "选项",
  Anonymous: "匿名",
  "Anonymous poll": "匿名投票",
  "Choose a time in the next 365 days.": "请选择 365 天以内的时间。",
  "Close at a time": "设置截止时间",
  "Close poll": "结束投票",
  "Close this poll?": "结束这个投票？",
  Closed: "已结束",
  Closes: "截止时间",
  "Closes {time}": "{time} 截止",
  "New poll": "发起投票",
  "Nobody can vote any more. This cannot be undone.": "结束后不能再投票，此操作无法撤销。",
  "One answer": "单选",
  Poll: "投票",
  Question: "问题",
  "Several answers": "可多选",
  "This poll is closed.": "投票已结束。",
  "Two answers are the same.": "有两个选项相同。",
  "Who voted": "投票详情",
  "Your vote was not counted.": "投票未成功。",
  "{count} votes": "{count} 票",
};
