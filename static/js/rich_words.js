// Words with their form: a field in which one writes as it will look, over the text area that is sent. Only the tags of the mail's rich
// text get in or out, and a variable is a chip that cannot be broken.

import { label, list } from "./variables.js";

const TAGS = new Set(["P", "BR", "B", "STRONG", "I", "EM", "U", "S", "A", "UL", "OL", "LI", "H2", "H3", "SMALL", "SPAN"]);
const KEPT = { A: ["href"], SPAN: ["data-color", "data-size"], P: ["data-align"], H2: ["data-align"], H3: ["data-align"] };
const LIQUID = /\{\{.*?\}\}|\{%.*?%\}/gs;
const MARKS = [["bold", "Bold", "bold"], ["italic", "Italic", "italic"], ["underline", "Underline", "underline"]];

function chip(liquid) {
  const one = document.createElement("span");
  one.className = "var";
  one.contentEditable = "false";
  one.dataset.liquid = liquid;
  one.textContent = label(liquid);
  return one;
}

/** Copy what may stand in rich text from a document that runs nothing; text with its variables as chips. */
function copy(from, to) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) {
      let at = 0;
      for (const found of node.data.matchAll(LIQUID)) {
        to.append(node.data.slice(at, found.index), chip(found[0]));
        at = found.index + found[0].length;
      }
      to.append(node.data.slice(at));
    } else if (node.nodeType === Node.ELEMENT_NODE && TAGS.has(node.tagName)) {
      const made = document.createElement(node.tagName);
      for (const name of KEPT[node.tagName] || []) if (node.hasAttribute(name)) made.setAttribute(name, node.getAttribute(name));
      if (made.dataset.color?.startsWith("#")) made.style.color = made.dataset.color;
      if (made.dataset.size) made.style.fontSize = `${made.dataset.size}px`;
      if (made.dataset.align) made.style.textAlign = made.dataset.align;
      copy(node, made);
      to.append(made);
    } else if (!["SCRIPT", "STYLE"].includes(node.tagName)) copy(node, to);
  }
}

const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

/** What stands in the field as the HTML that is sent. Lines that browsers make of <div> become paragraphs. */
function written(node) {
  let out = "";
  for (const one of node.childNodes) {
    if (one.nodeType === Node.TEXT_NODE) { out += escaped(one.data); continue; }
    if (one.nodeType !== Node.ELEMENT_NODE) continue;
    if (one.dataset.liquid) { out += escaped(one.dataset.liquid); continue; }
    const tag = one.tagName === "DIV" ? "P" : one.tagName;
    if (tag === "BR") { out += "<br>"; continue; }
    if (!TAGS.has(tag)) { out += written(one); continue; }
    const kept = (KEPT[tag] || []).filter((name) => one.hasAttribute(name)).map((name) => ` ${name}="${escaped(one.getAttribute(name)).replace(/"/g, "&quot;")}"`);
    out += `<${tag.toLowerCase()}${kept.join("")}>${written(one)}</${tag.toLowerCase()}>`;
  }
  return out;
}

customElements.define("rich-words", class extends HTMLElement {
  connectedCallback() {
    if (this.field?.isConnected) return;
    this.area = this.querySelector("textarea");
    this.field = document.createElement("div");
    this.field.className = "area input area--rich";
    this.field.contentEditable = this.area.disabled || this.area.readOnly ? "false" : "true";
    for (const [name, value] of [["role", "textbox"], ["aria-multiline", "true"], ["aria-label", this.dataset.label]]) this.field.setAttribute(name, value);
    this.bar = this.tools();
    this.area.hidden = true;
    this.prepend(this.bar, this.field);
    this.load();
    document.execCommand("defaultParagraphSeparator", false, "p");
    this.field.addEventListener("input", (event) => { event.stopPropagation(); this.store(); this.complete(); });
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("blur", () => setTimeout(() => this.open?.close(), 150));
    this.field.addEventListener("paste", (event) => this.paste(event));
    this.watch?.disconnect();
    this.watch = new MutationObserver(() => this.changed());
    this.watch.observe(this, { childList: true, characterData: true, subtree: true, attributes: true, attributeFilter: ["hidden", "name"] });
  }
  /** The page was drawn anew: what was put in beside the text area may be gone, and its words may be others. */
  changed() {
    if (!this.field.isConnected) { this.connectedCallback(); return; }
    if (!this.area.hidden) this.area.hidden = true;
    if (this.area.defaultValue !== this.last && document.activeElement !== this.field) this.load();
  }
  /** What the text area holds, to be edited. Text without tags has paragraphs where lines are empty. */
  load() {
    const source = this.area.value, plain = !/<\w/.test(source);
    const inert = new DOMParser().parseFromString(plain ? source.split(/\n\s*\n/).map((one) => `<p>${escaped(one.trim()).replace(/\n/g, "<br>")}</p>`).join("") : source, "text/html");
    this.field.replaceChildren();
    copy(inert.body, this.field);
    this.last = this.area.defaultValue;
  }
  store() {
    this.area.value = written(this.field);
    this.last = this.area.defaultValue;
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  key(event) {
    if (this.open?.key(event)) event.preventDefault();
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); this.link(); }
  }
  complete() {
    const at = getSelection(), node = at.anchorNode;
    this.open?.close();
    if (node?.nodeType !== Node.TEXT_NODE) return;
    const typed = /\{\{\s*([\w.]*)$/.exec(node.data.slice(0, at.anchorOffset));
    this.open = typed && list(this.field, typed[1], (liquid) => this.put(liquid, node, typed.index, at.anchorOffset));
  }
  put(liquid, node, from, to) {
    const range = document.createRange();
    range.setStart(node, from);
    range.setEnd(node, to);
    range.deleteContents();
    const made = chip(liquid);
    range.insertNode(made);
    made.after("\u00a0");
    getSelection().collapse(made.nextSibling, 1);
    this.store();
  }
  paste(event) {
    event.preventDefault();
    const html = event.clipboardData.getData("text/html"), clean = document.createElement("div");
    if (html) copy(new DOMParser().parseFromString(html, "text/html").body, clean);
    else clean.append(event.clipboardData.getData("text/plain"));
    document.execCommand("insertHTML", false, html ? written(clean) : escaped(clean.textContent).replace(/\n/g, "<br>"));
    this.store();
  }
  link() {
    const place = prompt("Where does the link lead?", "https://");
    if (place) { this.field.focus(); document.execCommand("createLink", false, place); this.store(); }
  }
  tools() {
    const bar = document.createElement("div");
    bar.className = "format";
    bar.setAttribute("role", "toolbar");
    bar.setAttribute("aria-label", "Form of the words");
    const sprite = document.querySelector("svg.icon use").getAttribute("href").split("#")[0];
    const add = (words, icon, run) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn--plain btn--s btn--icon";
      button.setAttribute("aria-label", words);
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), use = document.createElementNS("http://www.w3.org/2000/svg", "use");
      svg.setAttribute("class", "icon");
      svg.setAttribute("aria-hidden", "true");
      use.setAttribute("href", `${sprite}#${icon}`);
      svg.append(use);
      button.append(svg);
      button.addEventListener("pointerdown", (event) => event.preventDefault());
      button.addEventListener("click", () => { this.field.focus(); run(); this.store(); });
      bar.append(button);
    };
    for (const [command, words, icon] of MARKS) add(words, icon, () => document.execCommand(command));
    add("Link", "link", () => this.link());
    add("List", "list", () => document.execCommand("insertUnorderedList"));
    add("Heading", "type", () => document.execCommand("formatBlock", false, /^H2$/.test(this.line()?.tagName || "") ? "p" : "h2"));
    for (const [side, words] of [["left", "Left"], ["center", "Centre"], ["right", "Right"]]) {
      add(words, `align-${side}`, () => {
        const line = this.line();
        if (line && "PH2H3".includes(line.tagName)) { line.dataset.align = side; line.style.textAlign = side; }
      });
    }
    add("Put in a variable", "braces", () => {
      document.execCommand("insertText", false, "{{");
      this.complete();
    });
    return bar;
  }
  line() {
    let node = getSelection().anchorNode;
    while (node && node !== this.field && !["P", "H2", "H3", "LI"].includes(node.tagName)) node = node.parentNode;
    return node === this.field ? null : node;
  }
});
