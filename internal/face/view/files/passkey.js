// Passkeys: asks the authenticator for what a hidden field needs, then sends its form.
(() => {
  "use strict";
  const decode = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const encode = (buffer) => btoa(Array.from(new Uint8Array(buffer), (b) => String.fromCharCode(b)).join(""))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const optionsOf = (text) => {
    const options = JSON.parse(text);
    options.challenge = decode(options.challenge);
    if (options.user) options.user.id = decode(options.user.id);
    for (const key of [...options.allowCredentials ?? [], ...options.excludeCredentials ?? []]) key.id = decode(key.id);
    return options;
  };
  // toJSON is not in every browser, and extensions replace the response.
  const textOf = ({id, rawId, type, response, authenticatorAttachment}) => {
    const parts = {};
    for (const name of ["clientDataJSON", "authenticatorData", "signature", "userHandle", "attestationObject"]) {
      if (response[name]) parts[name] = encode(response[name]);
    }
    if (response.getTransports) parts.transports = response.getTransports();
    return JSON.stringify({
      id, rawId: encode(rawId), type, response: parts, authenticatorAttachment, clientExtensionResults: {},
    });
  };
  for (const field of document.querySelectorAll("[data-passkey]")) {
    const alert = document.getElementById("passkeyAlert");
    let asking = false;
    field.form.addEventListener("submit", async (event) => {
      if (event.submitter && event.submitter.name) return; // a button that needs no passkey
      event.preventDefault();
      event.stopPropagation();
      if (asking) return;
      asking = alert.hidden = true;
      try {
        const publicKey = optionsOf(field.dataset.options);
        field.value = textOf(await navigator.credentials[field.dataset.passkey]({publicKey}));
        field.form.submit();
      } catch {
        alert.querySelector("p").textContent = window.PublicKeyCredential ? field.dataset.failed : field.dataset.missing;
        alert.hidden = false;
      }
      asking = false;
    });
  }
})();
