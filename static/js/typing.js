// What somebody changes while a request is under way lives through the swap: the field, what stands in it, and the cursor.
// A request carries the form as it was when it began. What was changed after that, the server cannot know when it draws the form anew.

const edits = new Map();   // key of a field -> what was put into it last
const bodies = new WeakMap();   // request -> the form that it carries
const swaps = new WeakMap();   // request -> what its swap is about to replace

const one = (field) => field.type === "radio" || field.type === "checkbox";
const place = (field) => field.form?.id || field.form?.getAttribute("action") || "";
const key = (field) => [place(field), field.name, field.type === "checkbox" ? field.value : ""].join("\n");

document.addEventListener("input", ({ target: field, isTrusted }) => {
  if (!isTrusted || !field.name || !field.matches("input:not([type=hidden], [type=file], [type=password]), textarea, select")) return;
  edits.set(key(field), { name: field.name, value: field.value, on: !one(field) || field.checked, multiple: field.multiple });
}, true);

document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  bodies.set(ctx, new Map([...ctx.request.body?.keys?.() ?? []].map((name) => [name, ctx.request.body.getAll(name).map(String)])));
});

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx, tasks = [] } = event.detail;
  const targets = tasks.map(({ target }) => typeof target === "string" ? document.querySelector(target) : target).filter(Boolean);
  const touched = (field) => field && targets.some((target) => target.contains(field));
  const focused = document.activeElement;
  swaps.set(ctx, {
    fields: [...edits.keys()].filter((which) => touched(found(which))),
    focus: focused?.name && touched(focused) ? { which: key(focused), start: caret(focused)?.[0], end: caret(focused)?.[1] } : null,
  });
});

document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail, sent = bodies.get(ctx), swap = swaps.get(ctx);
  for (const which of swap?.fields ?? []) {
    const edit = edits.get(which), values = sent?.get(edit.name);
    if (values && values.includes(edit.value) === edit.on) edits.delete(which);
    else put(which, edit);
  }
  if (swap?.focus && (document.activeElement ?? document.body) === document.body) refocus(swap.focus);
});

function found(which) {
  const [, name] = which.split("\n");
  return [...document.querySelectorAll(`[name="${CSS.escape(name)}"]`)].find((field) => key(field) === which);
}

/** Put it back, and tell whoever saves or counts the form. */
function put(which, edit) {
  if (edit.multiple) return;
  const fields = [...document.querySelectorAll(`[name="${CSS.escape(edit.name)}"]`)].filter((field) => key(field) === which);
  const field = fields.find((each) => !one(each) || each.value === edit.value);
  if (!field || (one(field) ? field.checked === edit.on : field.value === edit.value)) return;
  if (one(field)) field.checked = edit.on;
  else field.value = edit.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function refocus({ which, start, end }) {
  const field = found(which);
  field?.focus({ preventScroll: true });
  if (field && start !== undefined && caret(field)) field.setSelectionRange(Math.min(start, field.value.length), Math.min(end, field.value.length));
}

/** The selection of a field that has one; fields of numbers and dates have none. */
function caret(field) {
  return field.selectionStart === null || field.selectionStart === undefined ? null : [field.selectionStart, field.selectionEnd];
}
