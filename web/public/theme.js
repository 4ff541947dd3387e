// Runs before the first paint, so that a dark screen never flashes white. Kept apart because the
// content security policy allows no inline script.
(() => {
  let choice = "system";
  try {
    choice = localStorage.getItem("opsroom.theme") || "system";
  } catch {
    // Storage can be switched off; the system's theme is then the right one.
  }
  const dark =
    choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", dark ? "#101218" : "#f9fafb");
})();
