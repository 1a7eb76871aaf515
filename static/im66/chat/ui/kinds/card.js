import { html } from "../../html.js";
import { register } from "../../text/kinds.js";
import { laterPart } from "../parts/later.js";
import { TextContent } from "./text.js";

const CardContent = laterPart(() => import("./card_view.js"), "CardContent");

register("card", {
  draw: ({ message, meta }) => (message.card ? html`<${CardContent} message=${message} />${meta}` : html`<${TextContent} text=${message.content ?? ""} meta=${meta} />`),
  line: ({ content = "" }) => content,
  address: ({ card }) => card?.picture,
});
