// Every behaviour is an addition: pages work without this file. Elements ask for it by data-ui-* attributes.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const isTyping = (element) =>
  element instanceof HTMLElement && (element.isContentEditable || element.matches("input:not([type=checkbox], [type=radio]), textarea, select"));

// ── Notices and errors ────────────────────────────────────────────────────────────────────────────
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-ui-dismiss]");
  if (button) button.closest("[data-ui-dismissable]").remove();
  if (event.target.closest("[data-ui-print]")) window.print();
});

const focusErrors = (root) => root.querySelector("[data-ui-focus]")?.focus();

// ── Long texts ────────────────────────────────────────────────────────────────────────────────────
const french = new Intl.NumberFormat("fr-FR");

function count(area) {
  const output = document.querySelector(`[data-ui-counter-for="${CSS.escape(area.id)}"]`);
  if (!output) return;
  const left = Number(area.dataset.uiCount) - [...area.value].length;
  const unit = Math.abs(left) > 1 ? "caractères" : "caractère";
  output.textContent = left < 0 ? `${french.format(-left)} ${unit} de trop` : `Il reste ${french.format(left)} ${unit}`;
  output.classList.toggle("ui-counter--over", left < 0);
  // Heard only near the end: a counter that speaks at each letter prevents writing.
  if (left < 50) output.setAttribute("aria-live", "polite");
  else output.removeAttribute("aria-live");
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-ui-count]")) count(event.target);
});

// ── Sending once ──────────────────────────────────────────────────────────────────────────────────
const sent = new WeakMap();
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.matches("[hx-post], [data-ui-quick-exit]") || event.defaultPrevented) return;
  if (Date.now() - (sent.get(form) ?? 0) < 5000) event.preventDefault();
  else sent.set(form, Date.now());
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-ui-submit-on-change]")) event.target.form.requestSubmit();
});

// ── Leaving a page half typed ─────────────────────────────────────────────────────────────────────
// A form that asks for it (data-ui-keep="name=value") is sent as it is when its page goes out of sight.
let isLeaving = false;
const touched = new WeakSet();
document.addEventListener("input", (event) => {
  if (event.target.form) touched.add(event.target.form);
});
document.addEventListener("submit", () => {
  isLeaving = true;
});
window.addEventListener("pageshow", () => {
  isLeaving = false;
});
document.addEventListener("visibilitychange", () => {
  const form = document.querySelector("[data-ui-keep]");
  if (document.visibilityState !== "hidden" || isLeaving || !form || !touched.has(form)) return;
  touched.delete(form);
  const typed = new FormData(form);
  typed.append(...form.dataset.uiKeep.split("="));
  navigator.sendBeacon(form.action, typed);
});

// ── Moving between gestures without losing what is typed ──────────────────────────────────────────
// A form marked data-ui-remember keeps its visible fields while another takes its place; "all" says that its values are
// those of a refused sending, typed too. Hidden fields belong to the page and files to the browser: never put back.
const remembered = new Map();
let isFreed = false;
const rememberable = (root) => all("form[data-ui-remember]", root);
const visibleFields = (form) => [...form.elements].filter((field) => field.name && !["hidden", "file", "password", "submit"].includes(field.type));

function isTyped(field) {
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
  if (field.matches("select")) return [...field.options].some((option) => option.selected !== option.defaultSelected && (option.defaultSelected || option.index > 0));
  return field.value !== field.defaultValue;
}

const typedIn = (form) => visibleFields(form).filter((field) => form.dataset.uiRemember === "all" || isTyped(field));

function rememberTyped(root) {
  rememberable(root).forEach((form) => {
    const typed = typedIn(form).map(({ name, type, value, checked }) => ({ name, type, value, checked }));
    if (typed.length) remembered.set(form.action, typed);
    else remembered.delete(form.action);
  });
}

function restoreTyped(form) {
  const isBox = ({ type }) => type === "checkbox" || type === "radio";
  (remembered.get(form.action) ?? []).forEach((kept) => {
    const field = visibleFields(form).find((one) => one.name === kept.name && (!isBox(one) || one.value === kept.value));
    if (!field) return;
    if (isBox(field)) field.checked = kept.checked;
    else field.value = kept.value;
    if (field.matches("[data-ui-count]")) count(field);
  });
  remembered.delete(form.action);
}

// Where one goes on: the field to fill in after a change of gesture, what was done after a sending.
function land(root, verb) {
  if (root.querySelector("[data-ui-focus]")) return;
  const [form] = rememberable(root);
  const fields = form ? visibleFields(form) : [];
  const done = root.querySelector(".ui-messages") ?? root.querySelector("h1");
  const place = verb === "get" ? (fields.find((field) => field.type !== "radio" || field.checked) ?? form?.querySelector("button")) : done;
  if (place === done) done?.setAttribute("tabindex", "-1");
  place?.focus();
}

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-ui-remember]")) isFreed = true;
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.requestConfig.verb === "get") rememberTyped(event.detail.target);
});
document.addEventListener("htmx:historyCacheMiss", () => rememberTyped(document));
document.addEventListener("htmx:afterRequest", (event) => {
  isFreed = Boolean(event.detail.xhr?.getResponseHeader("HX-Redirect"));
});
window.addEventListener("pageshow", () => {
  isFreed = false;
});
window.addEventListener("beforeunload", (event) => {
  const isDirty = remembered.size > 0 || rememberable(document).some((form) => typedIn(form).length > 0);
  if (isDirty && !isFreed) event.preventDefault();
});

// ── Copying ───────────────────────────────────────────────────────────────────────────────────────
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-ui-copy]");
  if (!button) return;
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.uiCopy);
    button.textContent = "Copié";
  } catch {
    button.textContent = "Copie refusée par le navigateur";
  }
  button.setAttribute("role", "status");
  setTimeout(() => {
    button.textContent = label;
    button.removeAttribute("role");
  }, 2500);
});

// ── Paper is white ────────────────────────────────────────────────────────────────────────────────
const root = document.documentElement;
let screenTheme = "";
window.addEventListener("beforeprint", () => {
  screenTheme = root.dataset.frTheme;
  root.dataset.frTheme = "light";
});
window.addEventListener("afterprint", () => {
  root.dataset.frTheme = screenTheme;
});

// ── Leaving at once ───────────────────────────────────────────────────────────────────────────────
function leave(form) {
  isLeaving = true;
  isFreed = true;
  document.documentElement.hidden = true;
  document.title = "Météo";
  navigator.sendBeacon(form.action, new FormData(form));
  location.replace(form.dataset.uiQuickExit);
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-ui-quick-exit]")) return;
  event.preventDefault();
  leave(event.target);
});

let escapes = [];
document.addEventListener("keydown", (event) => {
  const form = document.querySelector("[data-ui-quick-exit]");
  if (event.key !== "Escape" || !form) return;
  escapes = [...escapes.filter((time) => Date.now() - time < 1500), Date.now()];
  if (escapes.length >= 3) leave(form);
});

// ── The desk's keyboard ───────────────────────────────────────────────────────────────────────────
const KEYS_OFF = "ui-keys-off";
const keys = {
  get off() {
    try {
      return localStorage.getItem(KEYS_OFF) === "1";
    } catch {
      return false;
    }
  },
  set off(value) {
    try {
      localStorage.setItem(KEYS_OFF, value ? "1" : "0");
    } catch {
      // Without storage the shortcuts stay as they are by default.
    }
  },
};

function move(step) {
  const rows = all("[data-ui-list] [data-ui-row]");
  if (!rows.length) return false;
  const now = rows.findIndex((row) => row.classList.contains("ui-row--current"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, now < 0 ? (step > 0 ? 0 : rows.length - 1) : now + step))];
  rows[now]?.classList.remove("ui-row--current");
  next.classList.add("ui-row--current");
  next.querySelector("a[href]")?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  return true;
}

// A page's own shortcuts: `data-ui-key="r"` on a link or a button; what is open already takes the focus.
function act(key) {
  const target = all("[data-ui-key]").find((one) => one.dataset.uiKey === key);
  if (!target) return false;
  if (target.hasAttribute("aria-current")) {
    target.closest("section").querySelector("form :is(input:not([type=hidden]), select, textarea)")?.focus();
  } else {
    window.htmx?.process(target); // a fragment just arrived is not yet its own
    target.click();
  }
  return true;
}

function showKeys(dialog) {
  const list = dialog.querySelector("dl");
  all("[data-own-key]", list).forEach((line) => line.remove());
  for (const one of all("[data-ui-key]")) {
    const [line, term, key, told] = ["div", "dt", "kbd", "dd"].map((name) => document.createElement(name));
    line.dataset.ownKey = "";
    key.textContent = one.dataset.uiKey;
    told.textContent = one.textContent.trim();
    term.append(key);
    line.append(term, told);
    list.append(line);
  }
  dialog.showModal();
}

function press(event) {
  const inList = Boolean(document.activeElement?.closest("[data-ui-list]"));
  if (event.key === "j" || (event.key === "ArrowDown" && inList)) return move(1);
  if (event.key === "k" || (event.key === "ArrowUp" && inList)) return move(-1);
  if (event.key === "/") {
    const search = document.querySelector("[data-ui-search]");
    search?.focus();
    return Boolean(search);
  }
  if (event.key === "?") {
    const dialog = document.getElementById("raccourcis");
    if (dialog && !dialog.open) showKeys(dialog);
    return Boolean(dialog);
  }
  return act(event.key);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || keys.off) return;
  if (document.querySelector("dialog[open]") || !document.body.classList.contains("ui-desk")) return;
  if (press(event)) event.preventDefault();
});

document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-ui-row]");
  if (!row) return;
  all(".ui-row--current").forEach((other) => other.classList.toggle("ui-row--current", other === row));
  row.classList.add("ui-row--current");
});

document.addEventListener("click", (event) => {
  const dialog = event.target.closest("[data-ui-keys-help]") && document.getElementById("raccourcis");
  if (dialog) showKeys(dialog);
});

all("[data-ui-keys-switch]").forEach((box) => {
  box.checked = !keys.off;
  box.addEventListener("change", () => {
    keys.off = !box.checked;
  });
});

// ── At each page and each fragment ────────────────────────────────────────────────────────────────
function enhance(root) {
  all("[data-ui-count]", root).forEach(count);
  // Our own summary says more than the browser's bubble, and says it in the page.
  all('form[method="post"]', root).forEach((form) => {
    form.noValidate = true;
  });
  rememberable(root).forEach(restoreTyped);
  focusErrors(root);
}

enhance(document);
// A refused exchange leaves the page as it was, with what was typed: say so beside the form.
const trouble = (event) => {
  const place = event.detail.elt;
  const said = place.previousElementSibling;
  if (said?.matches("[data-ui-trouble]")) said.remove();
  const alert = document.createElement("div");
  alert.className = "fr-alert fr-alert--error fr-alert--sm fr-mb-2w";
  alert.dataset.uiTrouble = "";
  alert.setAttribute("role", "alert");
  const text = document.createElement("p");
  text.textContent = "Rien n’a été enregistré\u00a0: le service ne répond pas. Ce que vous avez écrit est toujours là, réessayez dans quelques minutes.";
  alert.append(text);
  place.before(alert);
};
document.addEventListener("htmx:responseError", trouble);
document.addEventListener("htmx:sendError", trouble);

// What the page said on opening is old news beside a fragment.
document.addEventListener("htmx:beforeSwap", () => all("main > .ui-messages").forEach((said) => said.remove()));
document.addEventListener("htmx:afterSwap", (event) => {
  const root = event.detail.elt.parentElement ?? document;
  enhance(root);
  if (rememberable(event.detail.target).length) land(event.detail.target, event.detail.requestConfig.verb);
});
document.addEventListener("htmx:historyRestore", () => enhance(document));
// Going to the anchor of an address takes the focus away, until the page is loaded: what is to be corrected keeps it
// (« Contenu » stays in the address after its link was followed), and so does a gesture opened as a whole page.
window.addEventListener("load", () => {
  if (location.hash && document.querySelector("[data-ui-focus]")) {
    requestAnimationFrame(() => focusErrors(document));
    return;
  }
  const opened = location.hash && document.getElementById(location.hash.slice(1));
  if (opened && rememberable(opened).length) requestAnimationFrame(() => land(opened, "get"));
});
