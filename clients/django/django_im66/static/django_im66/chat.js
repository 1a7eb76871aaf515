// Gives the frames of {% im66_chat %} tokens of the user who is signed in.

(() => {
  if (window.im66Chat) return;
  window.im66Chat = true;

  const frameOf = (source) => [...document.querySelectorAll("iframe[data-im66]")].find((one) => one.contentWindow === source);

  addEventListener("message", async ({ source, origin, data }) => {
    const frame = frameOf(source);
    if (!frame || frame.dataset.im66 !== origin || !data) return;
    if (data.im66 === "left") return void frame.dispatchEvent(new CustomEvent("im66:left", { bubbles: true }));
    if (data.im66 !== "ready" && data.im66 !== "token") return;
    source.postMessage({ im66: "theme", variables: variablesOf(frame) }, origin);
    const answer = await fetch(frame.dataset.token, { credentials: "same-origin" });
    if (answer.ok) source.postMessage({ im66: "token", token: await answer.text() }, origin);
    else frame.dispatchEvent(new CustomEvent("im66:left", { bubbles: true }));
  });

  const variablesOf = (frame) =>
    Object.fromEntries(
      frame.dataset.variables
        .split(";")
        .filter(Boolean)
        .map((one) => [one.slice(0, one.indexOf(":")), one.slice(one.indexOf(":") + 1)]),
    );
})();
