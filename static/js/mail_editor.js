// The editor of a mail, quicker than its buttons: undo and redo, blocks ordered by drag and by keys, blocks chosen in the mail itself,
// variables completed after two braces. Everything here ends in a button of the form; without scripts those buttons do the same.

import { list } from "./variables.js";

const form = () => document.getElementById("editor");
let focusNext = "";

/** Press a button of the form that does `verb`. */
function press(verb, focus = "") {
  const button = form()?.querySelector("button[data-do]");
  if (!button) return;
  focusNext = focus;
  button.value = verb;
  button.click();
}

// -- undo and redo: trees as the server wrote them, so that undo brings back exactly what was there
const key = () => `largesse:mail:${location.pathname}`;
const kept = (() => { try { return JSON.parse(sessionStorage.getItem(key())); } catch { return null; } })();
const steps = { past: kept?.past || [], future: kept?.future || [], now: kept?.now || "" };
let awaited = "";

function note() {
  const tree = document.getElementById("tree")?.value;
  if (!tree || (awaited && tree !== awaited)) return; // an answer from before the undo says nothing new
  awaited = "";
  if (tree !== steps.now) {
    if (steps.now) { steps.past.push(steps.now); steps.future = []; }
    if (steps.past.length > 100) steps.past.shift();
    steps.now = tree;
    try { sessionStorage.setItem(key(), JSON.stringify(steps)); } catch { /* full or closed: undo lasts as long as the page */ }
  }
  for (const [name, row] of [["undo", steps.past], ["redo", steps.future]]) {
    const button = form().querySelector(`[data-${name}]`);
    if (button) { button.hidden = false; button.disabled = !row.length; }
  }
}

function travel(from, to) {
  const input = document.getElementById("back");
  if (!from.length || !input) return;
  to.push(steps.now);
  steps.now = awaited = input.value = from.pop();
  try { sessionStorage.setItem(key(), JSON.stringify(steps)); } catch { /* as above */ }
  press("put");
}
const undo = () => travel(steps.past, steps.future);
const redo = () => travel(steps.future, steps.past);

/** <mail-editor>: the keys of the whole page, and what follows every answer. */
customElements.define("mail-editor", class extends HTMLElement {
  connectedCallback() {
    if (!this.keys) {
      this.addEventListener("click", (event) => {
        if (event.target.closest("[data-undo]")) undo();
        if (event.target.closest("[data-redo]")) redo();
        if (event.target.closest(".addblock")) setTimeout(() => { if (location.hash === "#add") location.hash = "canvas"; });
      });
    }
    if (!this.keys) for (const kind of ["input", "change"]) this.addEventListener(kind, (event) => {
      const file = event.target.closest("[data-upload]");
      if (!file) return;
      event.stopPropagation(); // a file is not saved with the words: its own button sends it
      if (kind === "change" && file.files.length) press(file.dataset.upload, `#${file.id}`);
    });
    this.keys ||= (event) => this.key(event);
    document.addEventListener("keydown", this.keys);
    this.watch = new MutationObserver(() => { note(); this.refocus(); });
    this.watch.observe(this.closest("form"), { childList: true, subtree: true, attributes: true, attributeFilter: ["value"] });
    note();
  }
  disconnectedCallback() { document.removeEventListener("keydown", this.keys); this.watch.disconnect(); }
  refocus() {
    const found = focusNext && this.querySelector(focusNext);
    if (found && !found.hidden) { focusNext = ""; found.focus(); }
  }
  key(event) {
    const writes = event.target.matches("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable=true]");
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "s") { event.preventDefault(); press("save"); }
    else if (writes) return;
    else if (command && event.key.toLowerCase() === "z") { event.preventDefault(); if (event.shiftKey) redo(); else undo(); }
    else if (event.key.toLowerCase() === "a" && !command && !event.altKey) { event.preventDefault(); this.querySelector(".addblock:not([disabled])")?.focus(); }
  }
});

/** <block-order>: the outline. A handle is dragged, or lifted with Space, moved with the arrows and dropped with Space. */
customElements.define("block-order", class extends HTMLElement {
  connectedCallback() {
    for (const grip of this.querySelectorAll("[data-grip]")) grip.hidden = false;
    if (this.ready) return;
    this.ready = true;
    new MutationObserver(() => { for (const grip of this.querySelectorAll("[data-grip][hidden]")) grip.hidden = false; })
      .observe(this, { childList: true, subtree: true, attributes: true, attributeFilter: ["hidden"] });
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("dragstart", (event) => this.start(event));
    this.addEventListener("dragover", (event) => this.over(event));
    this.addEventListener("drop", (event) => this.drop(event));
    this.addEventListener("dragend", () => this.clear());
  }
  rows() { return [...this.querySelectorAll("li[data-id]")]; }
  say(text) { this.querySelector("[role=status]").textContent = text; }
  start(event) {
    const grip = event.target.closest("[data-grip]");
    if (!grip) return;
    event.dataTransfer.setData("text/plain", `move:${grip.dataset.grip}`);
    grip.closest("li").classList.add("dragged");
  }
  over(event) {
    const row = event.target.closest("li[data-id]");
    event.preventDefault();
    this.querySelectorAll(".dropping").forEach((one) => one.classList.remove("dropping"));
    row?.classList.add("dropping");
  }
  drop(event) {
    event.preventDefault();
    const [verb, what] = event.dataTransfer.getData("text/plain").split(":"), row = event.target.closest("li[data-id]");
    this.clear();
    if (!row || !what || row.dataset.id === what) return;
    const where = this.place(row, what);
    if (verb === "move") press(`move:${what}:${where}`, `[data-grip="${what}"]`);
    else if (verb === "add") {
      form().querySelector("input[name=block]").value = this.before(row);
      press(`add:${what}`);
    }
  }
  clear() { this.querySelectorAll(".dropping, .dragged, .lifted").forEach((one) => one.classList.remove("dropping", "dragged", "lifted")); }
  siblings(row) { return this.rows().filter((one) => one.dataset.holder === row.dataset.holder); }
  before(row) {
    const near = this.siblings(row), at = near.indexOf(row);
    return at > 0 ? near[at - 1].dataset.id : row.dataset.id;
  }
  /** `index` or `index:holder/column` of the place of a row, once `what` is taken out. */
  place(row, what) {
    const near = this.siblings(row), own = near.findIndex((one) => one.dataset.id === what);
    const at = near.indexOf(row) - (own >= 0 && own < near.indexOf(row) ? 1 : 0);
    return row.dataset.holder ? `${at}:${row.dataset.holder}` : `${at}`;
  }
  key(event) {
    const grip = event.target.closest("[data-grip]"), link = event.target.closest("li[data-id] > a"), row = event.target.closest("li[data-id]");
    if (grip) this.lift(event, grip, row);
    else if (link) this.walk(event, row);
  }
  walk(event, row) {
    const rows = this.rows(), step = { ArrowDown: 1, ArrowUp: -1 }[event.key], id = row.dataset.id;
    if (event.altKey && step) press(`${step > 0 ? "down" : "up"}:${id}`, `li[data-id="${id}"] > a`);
    else if (step) rows[rows.indexOf(row) + step]?.querySelector("a").focus();
    else if (event.key === "Delete") press(`remove:${id}`, "#outline a[aria-current]");
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "d") press(`duplicate:${id}`, "#outline a[aria-current]");
    else return;
    event.preventDefault();
  }
  lift(event, grip, row) {
    const rows = this.siblings(row), name = grip.dataset.name;
    if (event.key === " ") {
      event.preventDefault();
      if (!row.classList.contains("lifted")) {
        row.classList.add("lifted");
        grip.setAttribute("aria-pressed", "true");
        this.home = row.nextElementSibling;
        this.say(`${name} lifted, ${rows.indexOf(row) + 1} of ${rows.length}. Arrows move it, Space drops, Escape puts back.`);
        return;
      }
      const at = this.siblings(row).indexOf(row);
      this.say(`${name} dropped, ${at + 1} of ${rows.length}.`);
      row.classList.remove("lifted");
      press(`move:${row.dataset.id}:${at}${row.dataset.holder ? `:${row.dataset.holder}` : ""}`, `[data-grip="${row.dataset.id}"]`);
    } else if (row.classList.contains("lifted")) {
      const step = { ArrowDown: 1, ArrowUp: -1, Home: -rows.length, End: rows.length }[event.key];
      if (step) {
        event.preventDefault();
        const at = Math.min(Math.max(rows.indexOf(row) + step, 0), rows.length - 1), there = rows[at];
        if (step > 0) there.after(row); else there.before(row);
        grip.focus();
        this.say(`${name}, ${at + 1} of ${rows.length}`);
      } else if (event.key === "Escape") {
        row.parentElement.insertBefore(row, this.home);
        row.classList.remove("lifted");
        grip.removeAttribute("aria-pressed");
        grip.focus();
        this.say(`${name} is back where it was.`);
      }
    }
  }
});

document.addEventListener("dragstart", (event) => {
  const tile = event.target.closest?.("[data-add]");
  if (tile) event.dataTransfer.setData("text/plain", `add:${tile.dataset.add}`);
});

// Where blocks stand is a sheet of its own: no element gets a style attribute, which the policy of the page forbids to copy.
const places = new CSSStyleSheet();
let placed = "";
document.adoptedStyleSheets = [...document.adoptedStyleSheets, places];

/** <mail-canvas>: makes the frame as high as its mail, and lays a link over each block. */
customElements.define("mail-canvas", class extends HTMLElement {
  static observedAttributes = ["data-chosen", "data-names", "data-fix"];
  connectedCallback() {
    this.frame = this.querySelector("iframe");
    this.frame.addEventListener("load", () => this.measure());
    if (this.frame.contentDocument?.readyState === "complete") this.measure();
    this.sizes = new ResizeObserver(() => this.measure());
    this.sizes.observe(this);
  }
  disconnectedCallback() { this.sizes.disconnect(); }
  attributeChangedCallback() { if (this.frame) this.measure(); }
  measure() {
    const inside = this.frame.contentDocument;
    if (!inside?.body) return;
    const high = inside.body.scrollHeight;
    const rules = high ? [`mail-canvas .ed__mail { height: ${high}px }`] : [];
    this.querySelectorAll(".blk").forEach((one) => one.remove());
    const fix = (this.dataset.fix || "").split(" ");
    for (const [id, name] of this.dataset.names.split(/ (?=b\d+:)/).filter(Boolean).map((pair) => pair.split(":"))) {
      const box = inside.querySelector(`.lg-${id}`)?.getBoundingClientRect();
      if (!box?.height) continue;
      const link = document.createElement("a"), address = new URL(this.dataset.href, location.href);
      address.searchParams.set("block", id);
      link.href = `${address.pathname}${address.search}#edit`;
      link.className = `blk${id === this.dataset.chosen ? " blk--on" : ""}${fix.includes(id) ? " blk--fix" : ""}`;
      link.setAttribute("aria-label", `Edit ${name}`);
      link.tabIndex = -1;
      link.dataset.block = id;
      rules.push(`.blk[data-block="${id}"] { top: ${box.top + inside.defaultView.scrollY}px; height: ${box.height}px }`);
      this.append(link);
    }
    const text = rules.join("\n");
    if (text !== placed) { placed = text; places.replaceSync(text); }
  }
});

// -- variables after {{ in plain fields
let open = null;
document.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.matches?.("[data-vars]") || field.hidden) return;
  const typed = /\{\{\s*([\w.]*)$/.exec(field.value.slice(0, field.selectionStart));
  open?.close();
  open = typed && list(field, typed[1], (liquid) => {
    field.setRangeText(liquid, typed.index, field.selectionStart, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
});
document.addEventListener("keydown", (event) => { if (open?.key(event)) event.preventDefault(); }, true);
document.addEventListener("focusout", () => setTimeout(() => { open?.close(); open = null; }, 150));
