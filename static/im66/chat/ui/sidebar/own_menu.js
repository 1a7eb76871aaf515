// Oneself above the list, and what concerns oneself in a menu.

import { html, useState, useEffect } from "../../html.js";
import { config } from "../../config.js";
import { leave } from "../../state/leaving.js";
import { me, myself } from "../../state/session.js";
import { t } from "../../text/words.js";
import { leaveWord } from "../away/endings.js";
import { openDialog } from "../dialogs.js";
import { Avatar } from "../parts/avatar.js";
import { Menu } from "../parts/menu.js";
import { ProfileDialog } from "../profile/profile_dialog.js";
import { SettingsDialog } from "../profile/settings_dialog.js";
import { openShortcuts } from "../shortcuts.js";
import { blocked, loadBlocks, unblock } from "../../state/blocks.js";
import { nameOf, person } from "../../state/people.js";
import { complain } from "../../state/toasts.js";
import { Dialog } from "../parts/dialog.js";

export function OwnMenu() {
  const [isOpen, setOpen] = useState(false);
  const { avatar, nickname } = myself.value;
  const name = nickname || me.value;
  // What the pointer has closed, its click must not open again.
  const hold = (/** @type {Event} */ event) => isOpen && event.stopPropagation();
  return html`
    <div class="own-menu" onPointerDown=${hold}>
      <button class="own" aria-label=${t("{name}: profile and settings", { name })} aria-haspopup="menu" aria-expanded=${isOpen} onClick=${() => setOpen(!isOpen)}>
        <${Avatar} src=${avatar} name=${name} id=${me.value} />
        <bdi class="own-name">${name}</bdi>
      </button>
      ${isOpen && html`<${Menu} label=${t("Profile and settings")} entries=${entries()} onClose=${() => setOpen(false)} />`}
    </div>
  `;
}

// A phone has no keys to learn, and no room for frames.
const isLarge = () => matchMedia("(width >= 720px) and (hover: hover)").matches;

const entries = () => [
  { label: t("Profile"), icon: "person", onChoose: () => openDialog(ProfileDialog) },
  { label: t("Settings"), icon: "settings", onChoose: () => openDialog(SettingsDialog) },
  { label: t("Blocked people"), icon: "block", onChoose: () => openDialog(BlockedDialog) },
  ...(isLarge()
    ? [
        { label: t("Keyboard shortcuts"), icon: "keyboard", onChoose: openShortcuts },
        { label: t("Console for developers"), icon: "console", onChoose: () => location.assign(config.urls.console) },
      ]
    : []),
  { label: leaveWord(), icon: "leave", onChoose: leave },
];

/** Whom the user has blocked. @param {{ onClose: () => void }} props */
function BlockedDialog({ onClose }) {
  useEffect(() => void loadBlocks().catch(complain), []);
  return html`
    <${Dialog} title=${t("Blocked people")} onClose=${onClose}>
      ${blocked.value?.size === 0 && html`<p class="panel-note">${t("No one is blocked.")}</p>`}
      <ul class="people">
        ${[...(blocked.value ?? [])].map(
          (userid) => html`
            <li key=${userid} class="people-row">
              <${Avatar} src=${person(userid).value.avatar} name=${nameOf(userid)} id=${userid} size="small" />
              <span class="people-name"><bdi>${nameOf(userid)}</bdi></span>
              <button class="button" onClick=${() => unblock(userid).catch(complain)}>${t("Unblock")}</button>
            </li>
          `,
        )}
      </ul>
    <//>
  `;
}
