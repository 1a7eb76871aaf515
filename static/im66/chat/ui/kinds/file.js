import { html } from "../../html.js";
import { register } from "../../text/kinds.js";
import { laterPart } from "../parts/later.js";

const FileContent = laterPart(() => import("./file_view.js"), "FileContent");

/** @param {import("../../text/kinds.js").ShownMessage} message */
const name = ({ file }) => file?.name;

register("file", {
  draw: ({ message, meta }) => message.file && html`<${FileContent} message=${message} />${meta}`,
  title: name,
  name,
  address: ({ file }) => file?.preview,
});
