// A poll: what there is to choose from, how many have chosen it, and who.

import { html, useEffect, useRef, useState } from "../../html.js";
import { newCid } from "../../../client/cids.js";
import { ask, client } from "../../state/client.js";
import { conversations } from "../../state/conversations.js";
import { nameIn } from "../../state/groups.js";
import { person } from "../../state/people.js";
import { language } from "../../state/preferences.js";
import { me } from "../../state/session.js";
import { complain, explained } from "../../state/toasts.js";
import { ending } from "../../text/times.js";
import { betweenSentences, counted, t } from "../../text/words.js";
import { call, part } from "../../wire/api.js";
import { openDialog } from "../dialogs.js";
import { Avatar } from "../parts/avatar.js";
import { Confirm, Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";

/** @typedef {import("../../types.js").Message & { poll: import("../../types.js").Poll }} Polled */

const NAMED = 3;
// A timer takes no more.
const LONGEST = 2 ** 31 - 1;

/** @param {{ message: Polled }} props */
export function PollContent({ message }) {
  const { id, conversation, content, poll } = message;
  const { options, votes = [], voters = [], anonymous } = poll;
  const isOver = useOver(poll);
  const { mine, choose, isSending, failed } = useVote(message);
  const sum = votes.reduce((all, one) => all + one, 0);
  return html`
    <div class="poll" role="group" aria-label=${t("Poll")} aria-busy=${isSending}>
      <strong dir="auto">${content}</strong>
      <p class="quiet">${howOf(poll, isOver)}</p>
      ${options.map((option, at) => {
        const count = votes[at] ?? 0;
        return html`
          <button key=${at} class="poll-option" aria-pressed=${mine.includes(at)} aria-disabled=${isOver || !id} aria-description=${votesOf(count)} style=${{ "--share": `${(100 * count) / Math.max(1, sum)}%` }} onClick=${() => isOver || !id || choose(at)}>
            <${Icon} name=${mine.includes(at) ? "check" : ""} />
            <span><bdi>${option}</bdi> ${count > 0 && voters[at]?.length && html`<small dir="auto">${namesOf(conversation, voters[at], count)}</small>`}</span>${" "}
            <span>${count}</span>
          </button>
        `;
      })}
      <p class="poll-foot">
        <span class="quiet">${votesOf(sum)}</span>
        ${!anonymous && sum > 0 && html`<button class="link-button" onClick=${() => openDialog(VotersDialog, { message })}>${t("Who voted")}</button>`}
        ${id && !isOver && mayClose(message) && html`<button class="link-button" onClick=${() => askToClose(message)}>${t("Close poll")}</button>`}
      </p>
      <p class="poll-failed" role="alert">${failed}</p>
    </div>
  `;
}

/** @param {import("../../types.js").Poll} poll @param {boolean} isOver */
const howOf = ({ anonymous, multiple, until }, isOver) =>
  [
    anonymous && t("Anonymous poll"),
    multiple ? t("Several answers") : t("One answer"),
    isOver ? t("Closed") : until && t("Closes {time}", { time: ending(until, language.value) }),
  ].filter(Boolean).join(" · ");

/** @param {number} count */
const votesOf = (count) => counted(count, "1 vote", "{count} votes");

/** @param {string} conversation @param {string} userid */
const nameOf = (conversation, userid) => (userid === me.value ? t("You") : nameIn(conversation, userid));

/** @param {string} conversation @param {string[]} userids   the first @param {number} count   how many there are */
function namesOf(conversation, userids, count) {
  const names = userids.slice(0, NAMED).map((userid) => nameOf(conversation, userid));
  return `${names.join(t(", "))}${count > names.length ? ` +${count - names.length}` : ""}`;
}

/** Whether nobody can vote any more; it ends while one looks at it. @param {import("../../types.js").Poll} poll */
function useOver({ closed = false, until = Infinity }) {
  const [now, setNow] = useState(Date.now());
  const left = until * 1000 - now;
  useEffect(() => {
    if (left <= 0 || left > LONGEST) return undefined;
    const timer = setTimeout(() => setNow(Date.now()), left);
    return () => clearTimeout(timer);
  }, [left]);
  return closed || left <= 0;
}

/** One's own vote: at once as one has chosen, as before if that fails. @param {Polled} message */
function useVote({ id, conversation, poll }) {
  const [selected, setSelected] = useState(/** @type {number[] | null} */ (null));
  const [failed, setFailed] = useState("");
  const last = useRef(0);
  const mine = selected ?? poll.mine ?? [];
  const choose = async (/** @type {number} */ at) => {
    const others = poll.multiple ? mine.filter((one) => one !== at) : [];
    const options = mine.includes(at) ? others : [...others, at].sort((a, b) => a - b);
    const number = ++last.current;
    setSelected(options);
    setFailed("");
    try {
      await ask({ cmd: "vote", target: id, options, cid: newCid() });
      client.value?.line.publish({ ev: "poll", conversation, target: id, mine: options, isOwn: true });
    } catch (error) {
      setFailed(`${t("Your vote was not counted.")}${betweenSentences()}${whyNot(error)}`);
    }
    if (number === last.current) setSelected(null);
  };
  return { mine, choose, isSending: selected !== null, failed };
}

/** @param {unknown} error */
const whyNot = (error) => (/** @type {Error} */ (error).name === "conflict" ? t("This poll is closed.") : explained(error));

/** @param {Polled} message */
const mayClose = ({ from, conversation }) => from === me.value || ["owner", "admin"].includes(conversations.value.get(conversation)?.role ?? "");

/** @param {Polled} message */
function askToClose({ id: target, conversation }) {
  const close = async () => {
    try {
      await ask({ cmd: "close_poll", target });
      client.value?.line.publish({ ev: "poll", conversation, target, closed: true, isOwn: true });
    } catch (error) {
      complain(error);
    }
  };
  openDialog(Confirm, { title: t("Close this poll?"), text: t("Nobody can vote any more. This cannot be undone."), action: t("Close poll"), onConfirm: () => void close() });
}

/** @param {{ message: Polled, onClose: () => void }} props */
function VotersDialog({ message: { id, conversation, poll }, onClose }) {
  const [voters, setVoters] = useState(/** @type {string[][] | null} */ (null));
  const [failed, setFailed] = useState("");
  useEffect(() => {
    call("GET", `conversations/${part(conversation)}/messages/${id}/votes`).then((results) => setVoters(results.voters), (error) => setFailed(explained(error)));
  }, []);
  return html`
    <${Dialog} title=${t("Who voted")} class="dialog-small" onClose=${onClose}>
      ${failed ? html`<p class="panel-error" role="alert">${failed}</p>` : !voters && html`<p class="panel-note" role="status">${t("Loading…")}</p>`}
      ${voters?.map((userids, at) => userids.length > 0 && html`
        <section key=${at}>
          <h3 class="poll-heading" dir="auto">${poll.options[at]}</h3>
          <ul class="people">
            ${userids.map((userid) => html`
              <li key=${userid} class="people-row">
                <${Avatar} src=${person(userid).value.avatar} name=${nameIn(conversation, userid)} id=${userid} userid=${userid} size="small" />
                <span class="people-name"><bdi>${nameOf(conversation, userid)}</bdi></span>
              </li>
            `)}
          </ul>
        </section>
      `)}
    <//>
  `;
}
