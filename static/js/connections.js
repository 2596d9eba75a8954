// <only-if data-field data-value>: shown only while another field of its form has one of these values. Without scripts everything is shown.
customElements.get("only-if") || customElements.define("only-if", class extends HTMLElement {
  connectedCallback() {
    this.off = new AbortController();
    this.form = this.closest("form");
    this.form?.addEventListener("change", () => this.look(), { signal: this.off.signal });
    this.look();
  }
  look() {
    const field = this.form?.elements[this.dataset.field];
    const value = field?.type === "checkbox" ? (field.checked ? "yes" : "") : field?.value;
    this.hidden = !(value && this.dataset.value.split(" ").includes(value));
  }
  disconnectedCallback() { this.off.abort(); }
});
