// The kinds of messages that the page knows, in the order of the composer's menu.

import "./text.js";
import "./emotion.js";
import "./picture.js";
import "./video.js";
import "./audio.js";
import "./file.js";
import "./location.js";
import "./poll.js";
import "./card.js";
import "./bundle.js";
