// Which variables may be written here? The list that opens after two braces: our words on the left, how it is written on the right.

/** The variables of this page: `{liquid, label}`. */
export const known = () => [...document.querySelectorAll("#known option")].map((one) => ({ liquid: one.value, label: one.label }));

/** Our words for what stands between braces. */
export function label(liquid) {
  const path = /^\{\{\s*([\w.]+)/.exec(liquid)?.[1];
  return known().find((one) => /^\{\{\s*([\w.]+)/.exec(one.liquid)[1] === path)?.label || liquid;
}

/** Open the list below `field` for what begins with `typed`; `take` gets the Liquid that was chosen. */
export function list(field, typed, take) {
  const found = known().filter((one) => `${one.liquid} ${one.label}`.toLowerCase().includes(typed.toLowerCase())).slice(0, 8);
  if (!found.length) return null;
  const box = document.createElement("div"), rows = document.createElement("ul");
  box.className = "vars";
  rows.setAttribute("role", "listbox");
  rows.setAttribute("aria-label", "Variables that match");
  let at = 0;
  found.forEach((one, n) => {
    const row = document.createElement("li"), name = document.createElement("b"), how = document.createElement("span");
    name.textContent = one.label;
    how.textContent = one.liquid.replace(/^\{\{\s*|\s*\}\}$/g, "");
    row.setAttribute("role", "option");
    row.append(name, how);
    row.addEventListener("pointerdown", (event) => { event.preventDefault(); close(); take(one.liquid); });
    rows.append(row);
    if (n === 0) row.setAttribute("aria-selected", "true");
  });
  box.append(rows);
  const holder = field.closest(".field, .envelope__row") || field.parentElement;
  holder.classList.add("field--open");
  holder.append(box);
  function close() { box.remove(); holder.classList.remove("field--open"); }
  function mark(step) {
    rows.children[at].setAttribute("aria-selected", "false");
    at = (at + step + found.length) % found.length;
    rows.children[at].setAttribute("aria-selected", "true");
  }
  return {
    close,
    /** Whether the list took this key. */
    key(event) {
      if (!box.isConnected) return false;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) mark(step);
      else if (event.key === "Enter" || event.key === "Tab") { close(); take(found[at].liquid); }
      else if (event.key === "Escape") close();
      else return false;
      return true;
    },
  };
}
