import { html } from "../../html.js";
import { welcome } from "../../state/client.js";
import { onEvent } from "../../state/events.js";
import { opened } from "../../state/timelines.js";
import { register } from "../../text/kinds.js";
import { t } from "../../text/words.js";
import { laterDialog, laterPart } from "../parts/later.js";
import { TextContent } from "./text.js";

const PollContent = laterPart(() => import("./poll_view.js"), "PollContent");

onEvent("poll", ({ ev, id, isOwn, conversation, target, ...results }) => opened(conversation)?.learnPart(target, results));

register("poll", {
  draw: ({ message, meta }) => (message.poll ? html`<${PollContent} message=${message} /><div class="text">${meta}</div>` : html`<${TextContent} text=${message.content ?? ""} meta=${meta} />`),
  title: ({ content }) => content,
  copied: ({ content, poll }) => [content, ...(poll?.options ?? []).map((/** @type {string} */ option, /** @type {number} */ at) => `${at + 1}. ${option}`)].join("\n"),
  entry: {
    label: () => t("Poll"),
    isOffered: () => Boolean(welcome()?.features.includes("vote")),
    Form: laterDialog(() => import("./poll_form.js"), "PollDialog"),
  },
});
