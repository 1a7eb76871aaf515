// What a userid is, as the server sees it: accounts/userids.py. Pure.

// Not `\p{Z}`: white space. Not `\p{C}`: what is not seen.
const USERID = /^[^\p{C}\p{Z}_,/]{1,64}$/u;

/** @param {string} text */
export const isUserid = (text) => USERID.test(text);
