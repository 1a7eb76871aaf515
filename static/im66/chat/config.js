// What the page says of its server.

/**
 * @typedef {object} Choice   what owners and admins choose for a group, as log/group_choices.py has it
 * @property {string} name
 * @property {boolean | string} off
 * @property {boolean | string} on
 * @property {string} label   in English, as all that is said here
 * @property {"notice" | "newcomers"} part   of the panel
 * @property {"notice" | ""} needs   it can be chosen while the group has this
 */

/**
 * @typedef {object} Words   what is said of a change of a group, as log/group_changes.py has it: with {by}, {names}, {name} and {value}
 * @property {string} [text]
 * @property {string} [by]   if it is known who has made it
 * @property {string} [off]   if the value is false, or another than `on`
 * @property {string} [you]   for the one whom it is about
 * @property {boolean | string} [on]
 */

/**
 * @typedef {object} Config
 * @property {"open" | "token" | "embed"} mode   `embed`: in a frame of another site
 * @property {string} userid   who has logged in with this browser; empty in open mode
 * @property {string} csrf
 * @property {string[]} [hosts]   in a frame: the origins of the sites that may have the page there
 * @property {string} [host]   in a frame: the one that has it
 * @property {string} [token]   in a frame: what the site gave first
 * @property {import("./types.js").Profile[]} people   in open mode: whom to offer on the sign-in page
 * @property {number} head   the last id of the log before anything that the page asks for is read
 * @property {string} listed   whose conversations the page brought along, percent-encoded in open mode; empty if nobody's
 * @property {string} service   the account under which the service writes to people; nobody writes to it
 * @property {Record<string, { en: string, media: string, part: string, sends: boolean }>} kinds   the kinds of messages, by name; what is said of others is under "". `part`: the field of what a message has besides its content; `sends`: people send it
 * @property {Choice[]} choices   of groups
 * @property {Record<string, Words>} words   by the name of the change, or of the role
 * @property {{ name: string, label: string, hint: string }[]} privacy   what users choose for themselves, as log/person_choices.py has it
 * @property {{ login: string, days: number } | null} [history]   that messages may be kept to be read without a network: for which sign-in, and for how many days without a server
 * @property {boolean} [offline]   the page came without a server
 * @property {{ url: string, tiles: string }} map   patterns of addresses: of a place's page, with {lat} and {lon}; of tiles, with {x}, {y} and {z}, or empty
 * @property {{ static: string, media: string, login: string, logout: string, password: string, email: string, my_data: string, console: string, factors: string, style: string, texts: Record<string, string> }} urls   `style`: the second stylesheet, after the sign-in; `texts`: by language
 */

/** @type {Config} */
export const config = { .../** @type {any} */ (globalThis).im66Words, ...JSON.parse(document.getElementById("config")?.textContent ?? "{}") };

/** The URL of one of our own files. @param {string} path */
export const asset = (path) => `${config.urls.static}${path}`;
