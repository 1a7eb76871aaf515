/** Says when a passkey did not work: the browser found none, or the person gave up. */
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const said = document.querySelector("[data-passkey-failed]");
  if (said instanceof HTMLElement) {
    said.hidden = false;
  }
});
