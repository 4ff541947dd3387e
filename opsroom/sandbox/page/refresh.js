// Fetches the overview again while the page is looked at, and puts it in place when it changed.
// What the reader had opened stays open.
const main = document.getElementById("main");
let tag = "";

async function refresh() {
  if (document.hidden || location.pathname !== "/") return;
  try {
    const answer = await fetch("/_page/fragment", { headers: tag ? { "If-None-Match": tag } : {} });
    document.body.classList.remove("away");
    if (answer.status !== 200) return;
    tag = answer.headers.get("ETag") ?? "";
    const open = new Set([...main.querySelectorAll("details[open]")].map((d) => d.dataset.key));
    const focused = document.activeElement?.id;
    main.innerHTML = await answer.text();
    for (const d of main.querySelectorAll("details")) if (open.has(d.dataset.key)) d.open = true;
    if (focused) document.getElementById(focused)?.focus();
  } catch {
    document.body.classList.add("away");
  }
}

setInterval(refresh, 1500);
document.addEventListener("visibilitychange", refresh);
