// Whoever must sign in finds nothing of what somebody has kept in this browser.

import { wipe } from "./chat/wire/vault.js";

void wipe();
