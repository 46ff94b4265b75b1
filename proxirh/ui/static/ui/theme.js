// Loaded before the first paint, so that a dark screen never flashes white; the rest of the theme is the design system's.
(() => {
  const root = document.documentElement;
  root.classList.add("ui-js");
  let scheme = "system";
  try {
    scheme = localStorage.getItem("scheme") || scheme;
  } catch {
    // Storage may be closed; the system's choice stands.
  }
  const dark = scheme === "dark" || (scheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.frTheme = dark ? "dark" : "light";
})();
