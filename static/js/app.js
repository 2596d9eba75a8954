// Behaviour of every page: small elements in the light DOM, so that they live through whatever htmx swaps in.
// Each page works without any of this.

import "./typing.js";
import "./palette.js";
import "./leaving.js";

const define = (name, kind) => customElements.get(name) || customElements.define(name, kind);

/** <copy-text data-text="…"><button hidden>: copies, and says so for two seconds. */
define("copy-text", class extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    if (!button || !navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(this.dataset.text);
      say("Copied.");
    });
  }
});

/** <toast-note>: leaves after a while, unless somebody points at it or it has an action. */
define("toast-note", class extends HTMLElement {
  connectedCallback() {
    this.querySelector("[data-close]")?.addEventListener("click", () => this.remove());
    const lasting = this.classList.contains("toast--bad") || this.querySelector("a, form");
    this.wait(lasting ? 20000 : 6000);
    this.addEventListener("pointerenter", () => clearTimeout(this.timer));
    this.addEventListener("pointerleave", () => this.wait(3000));
    this.addEventListener("focusin", () => clearTimeout(this.timer));
  }
  wait(ms) { clearTimeout(this.timer); this.timer = setTimeout(() => this.remove(), ms); }
  disconnectedCallback() { clearTimeout(this.timer); }
});

/** A toast made here: `say("Copied.")`. */
export function say(text, kind = "") {
  const toast = document.createElement("toast-note");
  toast.className = kind ? `toast toast--${kind}` : "toast";
  const words = document.createElement("span");
  words.textContent = text;
  toast.append(words);
  document.getElementById("toasts")?.append(toast);
}

/** <take-focus>: what is inside takes the focus when it comes (the summary of a form that was not right). */
define("take-focus", class extends HTMLElement {
  connectedCallback() { requestAnimationFrame(() => this.firstElementChild?.focus()); }
});

/** <open-dialog><button popovertarget="id">: opens the dialog modally instead of as a popover. */
define("open-dialog", class extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    const dialog = document.getElementById(button?.getAttribute("popovertarget"));
    if (!dialog?.showModal) return;
    button.removeAttribute("popovertarget");
    dialog.removeAttribute("popover");
    button.addEventListener("click", () => dialog.showModal());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
    });
  }
});

/** <count-down data-until data-now>: time left by the server's clock; says `largesse:due` once at the end. */
define("count-down", class extends HTMLElement {
  connectedCallback() {
    this.ahead = Date.parse(this.dataset.now) - Date.now();
    this.until = Date.parse(this.dataset.until);
    this.timer = setInterval(() => this.draw(), 500);
    this.draw();
  }
  draw() {
    const left = Math.max(0, Math.ceil((this.until - Date.now() - this.ahead) / 1000));
    const two = (n) => String(n).padStart(2, "0");
    const hours = Math.floor(left / 3600);
    const text = `${hours ? hours + ":" : ""}${hours ? two(Math.floor(left / 60) % 60) : Math.floor(left / 60)}:${two(left % 60)}`;
    if (this.textContent !== text) this.textContent = text;
    if (left === 0) {
      clearInterval(this.timer);
      this.dispatchEvent(new CustomEvent("largesse:due", { bubbles: true }));
    }
  }
  disconnectedCallback() { clearInterval(this.timer); }
});

/** Relative times move on. Keep the words the same as webapp/formatting.py: distance. */
const units = [[31536000, "year"], [2592000, "month"], [86400, "day"], [3600, "h"], [60, "min"]];
function distance(seconds) {
  const past = seconds < 0, span = Math.abs(seconds);
  for (const [size, unit] of units) {
    if (span >= size) {
      const count = Math.floor(span / size);
      const text = `${count} ${unit}${count !== 1 && ["year", "month", "day"].includes(unit) ? "s" : ""}`;
      return past ? `${text} ago` : `in ${text}`;
    }
  }
  return past ? "just now" : "now";
}
setInterval(() => {
  for (const time of document.querySelectorAll("time[data-live=relative]")) {
    const text = distance((Date.parse(time.dateTime) - Date.now()) / 1000);
    if (time.textContent !== text) time.textContent = text;
  }
}, 20000);

/** A select or date in a form of filters sends the form at once; the button stays for those without scripts. */
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-send-on-change]");
  if (form && event.target.matches("select, input[type=checkbox], input[type=radio], input[type=date]")) form.requestSubmit();
});

/** Tabs that do not fit beside each other begin where the current one is. */
for (const tabs of document.querySelectorAll(".tabs")) {
  const here = tabs.querySelector("[aria-current]")?.getBoundingClientRect(), all = tabs.getBoundingClientRect();
  if (here) tabs.scrollLeft += here.left - all.left - (all.width - here.width) / 2;
}

/** A form is sent once, however often its button is pressed. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.matches("[hx-post], [hx-boost]")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((f) => {
  delete f.dataset.sent;
  delete f.dataset.checked;
}));
