// The wizard saves itself and puts variables in where somebody writes. Everything here also works without it, by the buttons of the form.

/** A save that waited its turn must name the version the one before it made. */
document.addEventListener("htmx:before:request", (event) => {
  const ctx = event.detail.ctx, seen = document.getElementById("seen");
  if (seen && ctx.request.body?.has?.("row_version")) ctx.request.body.set("row_version", seen.value);
});

/** Offline: say so, and try again until it is saved. */
let again = 0;
document.addEventListener("htmx:error", (event) => {
  const saver = document.getElementById("saver");
  if (!saver || event.target.id !== "saver") return;
  word("Offline, retrying");
  clearTimeout(again);
  again = setTimeout(() => saver.dispatchEvent(new Event("largesse:save")), 3000);
});
document.addEventListener("htmx:before:request", (event) => { if (event.target.id === "saver") { clearTimeout(again); word("Saving…"); } });
function word(text) {
  const saved = document.getElementById("saved-word");
  if (saved && saved.textContent !== text) saved.textContent = text;
}

/** Buttons that lead away from the form (launch, duplicate) send it natively, after whatever is still being saved. */
let busy = 0;
document.addEventListener("htmx:before:request", () => { busy += 1; });
document.addEventListener("htmx:finally:request", () => { busy = Math.max(0, busy - 1); });
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-native]");
  const form = button?.form;
  if (!form?.hasAttribute("hx-post")) return;
  event.preventDefault();
  if (form.dataset.leaving) return;
  form.dataset.leaving = "yes";
  const leave = () => {
    form.action = button.getAttribute("formaction");
    document.dispatchEvent(new Event("largesse:leaving"));
    HTMLFormElement.prototype.submit.call(form);
  };
  if (busy) document.addEventListener("htmx:finally:request", () => setTimeout(leave), { once: true });
  else leave();
});
window.addEventListener("pageshow", () => { const form = document.getElementById("wizard"); if (form) delete form.dataset.leaving; });

/** <variable-chips data-for="c1">: puts a variable in at the cursor of the field of this channel that was written in last. */
customElements.get("variable-chips") || customElements.define("variable-chips", class extends HTMLElement {
  connectedCallback() {
    this.channel = this.closest(".channel");
    this.last = this.channel.querySelector("textarea[data-part]") || this.channel.querySelector("[data-part]");
    this.channel.addEventListener("focusin", (e) => { if (e.target.matches("[data-part]")) this.last = e.target; });
    this.addEventListener("click", (e) => {
      const chip = e.target.closest("[data-insert]");
      if (!chip || !this.last) return;
      const field = this.last, text = chip.dataset.insert;
      field.focus();
      field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
});
