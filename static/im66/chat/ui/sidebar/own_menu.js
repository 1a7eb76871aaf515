// Oneself above the list, and what concerns oneself in a menu.

import { html, useState } from "../../html.js";
import { config } from "../../config.js";
import { leave } from "../../state/leaving.js";
import { me, myself } from "../../state/session.js";
import { isEmbedded } from "../../wire/host.js";
import { t } from "../../text/words.js";
import { leaveWord } from "../away/endings.js";
import { openDialog } from "../dialogs.js";
import { Avatar } from "../parts/avatar.js";
import { Menu } from "../parts/menu.js";
import { BlockedDialog, ContactsDialog, ProfileDialog, SettingsDialog, StarsDialog } from "../seldom.js";
import { openShortcuts } from "../shortcuts.js";

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
  { label: t("Contacts"), icon: "group", onChoose: () => openDialog(ContactsDialog) },
  { label: t("Starred messages"), icon: "star", onChoose: () => openDialog(StarsDialog) },
  { label: t("Blocked people"), icon: "block", onChoose: () => openDialog(BlockedDialog) },
  ...(isLarge()
    ? [
        { label: t("Keyboard shortcuts"), icon: "keyboard", onChoose: openShortcuts },
        ...(isEmbedded ? [] : [{ label: t("Console for developers"), icon: "console", onChoose: () => location.assign(config.urls.console) }]),
      ]
    : []),
  { label: leaveWord(), icon: "leave", onChoose: leave },
];
