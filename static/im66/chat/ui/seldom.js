// Parts that most visits do not use are loaded on demand. Import them from here only: so they stay out of the first load.

import { shown } from "../state/route.js";
import { later, laterDialog, laterHint, laterPart, withLater } from "./parts/later.js";

export const AddDialog = laterDialog(() => import("./contacts/add_dialog.js"), "AddDialog");
export const BlockedDialog = laterDialog(() => import("./profile/blocked_dialog.js"), "BlockedDialog");
export const BundleDialog = laterDialog(() => import("./forward/bundle_dialog.js"), "BundleDialog");
export const ContactsDialog = laterDialog(() => import("./contacts/contacts_dialog.js"), "ContactsDialog");
export const ForwardDialog = laterDialog(() => import("./forward/forward_dialog.js"), "ForwardDialog");
export const InfoDialog = laterDialog(() => import("./stream/menu/info_dialog.js"), "InfoDialog");
export const JoinDialog = laterDialog(() => import("./join_dialog.js"), "JoinDialog");
export const NewChatDialog = laterDialog(() => import("./sidebar/new_chat.js"), "NewChatDialog");
export const PersonDialog = laterDialog(() => import("./panel/person_dialog.js"), "PersonDialog");
export const ProfileDialog = laterDialog(() => import("./profile/profile_dialog.js"), "ProfileDialog");
export const ReactionDialog = laterDialog(() => import("./stream/menu/reaction_dialog.js"), "ReactionDialog");
export const RequestsDialog = laterDialog(() => import("./contacts/requests_dialog.js"), "RequestsDialog");
export const SettingsDialog = laterDialog(() => import("./profile/settings_dialog.js"), "SettingsDialog");
export const SharedDialog = laterDialog(() => import("./panel/shared_dialog.js"), "SharedDialog");
export const ShortcutsDialog = laterDialog(() => import("./shortcuts_dialog.js"), "ShortcutsDialog");
export const StarsDialog = laterDialog(() => import("./panel/stars_dialog.js"), "StarsDialog");
export const Viewer = laterDialog(() => import("./stream/viewer/viewer.js"), "Viewer");

export const ReadersDialog = laterDialog(() => import("./stream/menu/readers_dialog.js"), "ReadersDialog");
export const AccountPart = laterPart(() => import("./profile/account_part.js"), "AccountPart");
export const CommandList = laterHint(() => import("./composer/command_list.js"), "CommandList");
export const GrowingAnswers = laterPart(() => import("./stream/growing_answers.js"), "GrowingAnswers");
export const GroupPanel = laterPart(() => import("./panel/group_panel.js"), "GroupPanel");
export const EmojiList = laterHint(() => import("./composer/emoji_list.js"), "EmojiList");
export const MentionList = laterHint(() => import("./composer/mention_list.js"), "MentionList");
export const NoticeBar = laterPart(() => import("./conversation/notice_bar.js"), "NoticeBar");
export const PersonPanel = laterPart(() => import("./panel/person_panel.js"), "PersonPanel");
export const PinBar = laterPart(() => import("./conversation/pin_bar.js"), "PinBar");
export const OwnStickers = laterPart(() => import("./composer/own_stickers.js"), "OwnStickers");
export const Picker = laterPart(() => import("./composer/picker.js"), "Picker");
export const RecordingBar = laterPart(() => import("./composer/recording_bar.js"), "RecordingBar");
export const SearchResults = laterPart(() => import("./sidebar/search_results.js"), "SearchResults");
export const SelectBar = laterPart(() => import("./forward/select_bar.js"), "SelectBar");
export const SearchBar = laterPart(() => import("./conversation/search_bar.js"), "SearchBar");
// Each conversation loads it at once, after what is shown first.
export const MessageMenu = laterHint(() => import("./stream/menu/message_menu.js"), "MessageMenu");
export const StrangerBar = laterPart(() => import("./contacts/stranger_bar.js"), "StrangerBar");

export const requestsButton = later(() => import("./contacts/requests_button.js"));

const hiding = later(() => import("./forward/hiding.js"));
const person = later(() => import("./panel/person_panel.js"));
const recorder = later(() => import("../state/recording.js"));
const shortcuts = later(() => import("./shortcuts.js"));
const ownStickers = later(() => import("./composer/own_stickers.js"));
const reporting = later(() => import("./reporting/report_dialog.js"));

export const openShortcuts = () => withLater(shortcuts, (module) => module.openShortcuts());

/** @param {string} userid @param {string} name */
export const askToBlock = (userid, name) => withLater(person, (module) => module.askToBlock(userid, name));

/** @param {number} message   its id */
export const askToReportMessage = (message) => withLater(reporting, (module) => module.askToReportMessage(message));

/** @param {import("../types.js").Message[]} messages   of one conversation */
export const askToHide = (messages) => withLater(hiding, (module) => module.askToHide(messages));

/** @param {import("../types.js").Message} message */
export const saveSticker = (message) => withLater(ownStickers, (module) => module.saveSticker(message));

/** Unless its conversation was left meanwhile. @param {string} conversation */
export const startRecording = (conversation) => withLater(recorder, (module) => shown.peek() === conversation && module.startRecording(conversation));
