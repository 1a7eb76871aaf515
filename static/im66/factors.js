// Passkeys: offered where the browser has them, which it has on secure pages only.
const offer = document.getElementById("passkey-form");
if (offer && "PublicKeyCredential" in window) {
  offer.hidden = false;
}

// The browser found none, or the person gave up.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const note = document.querySelector("[data-passkey-failed]");
  if (note instanceof HTMLElement) {
    note.hidden = false;
  }
});
