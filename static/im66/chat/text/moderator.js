/** Who has done what nobody of the conversation did. */
export const MODERATOR = "moderator";
