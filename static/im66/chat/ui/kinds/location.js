import { html } from "../../html.js";
import { register } from "../../text/kinds.js";
import { t } from "../../text/words.js";
import { laterDialog, laterPart } from "../parts/later.js";

const PlaceContent = laterPart(() => import("./location_view.js"), "PlaceContent");

register("location", {
  draw: ({ message: { content, place }, meta }) => html`<${PlaceContent} content=${content} place=${place} meta=${meta} />`,
  title: ({ place }) => place?.name,
  icon: "place",
  entry: {
    label: () => t("Location"),
    isOffered: () => isSecureContext && "geolocation" in navigator,
    Form: laterDialog(() => import("./location_form.js"), "PlaceDialog"),
  },
});
