// Who else is on this page now: asked as soon as it is opened. Without this file, the page says nothing of it.
const EVERY = 25_000;
const place = document.querySelector("[data-enq-presence]");
const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
let timer = 0;
let isOver = false;

async function tell() {
  clearTimeout(timer);
  if (isOver || document.visibilityState !== "visible") return; // a page out of sight is left: it fades in a minute
  timer = setTimeout(tell, EVERY);
  try {
    const answer = await fetch(place.dataset.enqPresence, { method: "POST", headers: { "X-CSRFToken": token }, redirect: "manual" });
    isOver = !answer.ok && answer.status < 500; // the visit or the right to read has ended: ask no more
    const said = answer.ok ? await answer.text() : "";
    if (place.textContent !== said) place.textContent = said; // heard once, not every time
  } catch {
    // Out of reach for a moment: the next time will tell.
  }
}

if (place && token) {
  document.addEventListener("visibilitychange", tell);
  tell();
}
