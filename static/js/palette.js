// Ctrl K opens the palette, ? the help of shortcuts; g and a letter go to a place. Without scripts there is the search page.

const open = (id) => { const dialog = document.getElementById(id); if (dialog && !dialog.open) dialog.showModal(); return dialog; };
const writing = (element) => element.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const single = () => localStorage.getItem("single-keys") !== "off";
const places = { h: "/", d: "/distributions", c: "/customers", s: "/segments", a: "/campaigns" };
let led = 0;

function openPalette() {
  const input = open("palette")?.querySelector("input");
  if (!input) return;
  input.select();
  input.dispatchEvent(new Event("largesse:open"));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-palette]");
  if (link && !event.ctrlKey && !event.metaKey && document.getElementById("palette")) { event.preventDefault(); openPalette(); }
  const dialog = event.target.closest?.("#palette, #shortcuts, #signed-out");
  if (dialog && (event.target === dialog || event.target.closest("[data-close]"))) dialog.close();
});

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); openPalette(); return; }
  if (event.target.closest?.("#palette")) { walk(event); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target) || document.querySelector("dialog[open]") || !single()) return;
  if (event.key === "?") { event.preventDefault(); open("shortcuts"); }
  else if (event.key === "/") { event.preventDefault(); (document.querySelector("main input[type=search]")?.focus() ?? openPalette()); }
  else if (event.key === "g") led = Date.now();
  else if (places[event.key] && Date.now() - led < 1500) location.href = places[event.key];
});

/** The arrows go through what was found; the field stays where one writes. */
function walk(event) {
  const input = document.querySelector("#palette input"), found = [...document.querySelectorAll("#hits a")];
  const at = found.findIndex((link) => link.getAttribute("aria-current") === "true");
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
  if (to !== undefined && found.length) {
    event.preventDefault();
    choose(found, found[(to + found.length) % found.length], input);
  } else if (event.key === "Enter" && event.target === input && found.length) {
    event.preventDefault();
    found[Math.max(at, 0)].click();
  }
}

function choose(found, link, input) {
  found.forEach((each, place) => { each.id = `hit-${place}`; each.toggleAttribute("aria-current", false); });
  link.setAttribute("aria-current", "true");
  link.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", link.id);
}

document.addEventListener("htmx:after:swap", (event) => {
  const input = document.querySelector("#palette input"), found = [...document.querySelectorAll("#hits a")];
  if (event.target === input && found.length) choose(found, found[0], input);
});

const box = document.getElementById("single-keys");
if (box) {
  box.checked = single();
  box.addEventListener("change", () => localStorage.setItem("single-keys", box.checked ? "on" : "off"));
}
