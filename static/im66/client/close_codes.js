// Why the server ends a connection: docs/json.md. Pure.

export const RESTART = 1012;
export const UNPROVEN = 4401;
export const LOCKED = 4403;
export const TOO_MANY = 4409;
