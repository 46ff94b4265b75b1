// A passkey in three steps: fetch a challenge, have the device answer, send the form with the answer.

const fromBase64 = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const toBase64 = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");

const SENTENCES = {
  unsupported: "Ce navigateur ne connaît pas les clés d’accès, ou cette adresse ne le permet pas. Prenez une application de codes.",
  known: "Cet appareil a déjà une clé d’accès pour vous. Elle figure dans « Votre sécurité ».",
  cancelled: "L’appareil n’a pas terminé : la demande a été annulée ou le temps a passé. Recommencez quand vous voulez.",
  refused: "La demande n’est pas passée. Rechargez cette page, puis recommencez.",
};

function opened(options) {
  const publicKey = { ...options.publicKey };
  publicKey.challenge = fromBase64(publicKey.challenge);
  if (publicKey.user) publicKey.user = { ...publicKey.user, id: fromBase64(publicKey.user.id) };
  for (const name of ["excludeCredentials", "allowCredentials"]) {
    if (publicKey[name]) publicKey[name] = publicKey[name].map((one) => ({ ...one, id: fromBase64(one.id) }));
  }
  return { publicKey };
}

function closed(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = toBase64(credential.response[name]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: toBase64(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  });
}

async function start(form) {
  const kind = form.dataset.passkey;
  if (!window.PublicKeyCredential) return SENTENCES.unsupported;
  const answer = await fetch(form.dataset.passkeyChallenge, {
    method: "POST",
    headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    redirect: "error",
  }).catch(() => null);
  if (!answer?.ok) return SENTENCES.refused;
  try {
    const credential = await navigator.credentials[kind](opened(await answer.json()));
    form.elements[kind === "create" ? "credential" : "assertion"].value = closed(credential);
  } catch (error) {
    if (error.name === "InvalidStateError") return SENTENCES.known;
    return error.name === "SecurityError" ? SENTENCES.unsupported : SENTENCES.cancelled;
  }
  form.submit();
  return "";
}

for (const form of document.querySelectorAll("[data-passkey]")) {
  const button = form.querySelector("[data-passkey-start]");
  const told = form.querySelector("[data-passkey-error]");
  const run = async () => {
    button.disabled = true;
    told.hidden = true;
    const sentence = await start(form);
    told.firstElementChild.textContent = sentence;
    told.hidden = !sentence;
    button.disabled = false;
  };
  button.addEventListener("click", run);
  // Enter in the field of the name means the same as the button.
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
}
