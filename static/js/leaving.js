// Nothing typed is lost: a session that is over is said once, beside the page; leaving with something unsaved is asked about.

import { say } from "./app.js";

const SURE = 60000;   // for so long after an answer nobody asks whether the session still is
let answered = Date.now(), out = false;

async function ask() {
  const reply = await fetch("/account/session", { headers: { "HX-Request": "true" } });
  return reply.ok ? reply.json() : null;
}

function signedOut() {
  if (out) return;
  out = true;
  const dialog = document.getElementById("signed-out");
  if (dialog && !dialog.open) dialog.showModal();
}

/** Signed in again, in another tab: forms get the token of the new session, and what waits is saved. */
async function lookAgain() {
  if (!out || document.hidden) return;
  const now = await ask().catch(() => null);
  if (!now) return;
  if (now.id !== document.body.dataset.person) { say(`Now ${now.name} is signed in here. Load the page again.`, "bad"); return; }
  out = false;
  answered = Date.now();
  document.querySelectorAll("input[name=csrf_token]").forEach((field) => { field.value = now.token; });
  document.body.setAttribute("hx-headers:inherited", JSON.stringify({ "X-CSRFToken": now.token }));
  document.getElementById("signed-out")?.close();
  say("Signed in again. Nothing you typed is lost.");
  document.getElementById("saver")?.dispatchEvent(new Event("largesse:save"));
}
window.addEventListener("focus", lookAgain);
document.addEventListener("visibilitychange", lookAgain);

document.addEventListener("htmx:after:request", (event) => {
  if (event.detail.ctx.response?.status === 401) signedOut();
  else answered = Date.now();
});

/** A form that leaves the page is held back until it is sure that somebody takes it. */
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.matches("[hx-post]") || !document.body.dataset.person) return;
  if (form.dataset.checked || (!out && Date.now() - answered < SURE)) return;
  event.preventDefault();
  const now = await ask().catch(() => ({}));
  delete form.dataset.sent;
  if (!now) { out = false; signedOut(); return; }
  answered = Date.now();
  form.dataset.checked = "yes";
  form.requestSubmit(event.submitter);
});

// -- unsaved changes

const before = new WeakMap();   // form -> what stood in it when somebody first came to it
const kept = (form) => JSON.stringify([...new FormData(form)].filter(([name]) => name !== "csrf_token").map(([name, value]) => [name, value.name ?? value]));
const ours = (form) => form?.method === "post" && !form.matches("[data-autosave]") && document.body.dataset.person;
let unsaved = false, leaving = false;   // of a form that saves itself; once a form is on its way, nothing is asked

document.addEventListener("focusin", ({ target }) => { if (ours(target.form) && !before.has(target.form)) before.set(target.form, kept(target.form)); });
document.addEventListener("input", ({ target }) => { if (target.form?.matches("[data-autosave]")) unsaved = true; });
/** What was typed before any script was here, or was put back by the browser, is told like what is typed now. */
const typed = (field) => ["checkbox", "radio"].includes(field.type) ? field.checked !== field.defaultChecked : field.defaultValue !== undefined && field.value !== field.defaultValue;
const tellEarly = () => {
  for (const form of document.querySelectorAll("form[data-autosave]")) [...form.elements].find(typed)?.dispatchEvent(new Event("input", { bubbles: true }));
};
document.addEventListener("DOMContentLoaded", tellEarly);
window.addEventListener("load", () => setTimeout(tellEarly));   // by now whoever saves is listening for sure
document.addEventListener("htmx:after:request", ({ target, detail: { ctx } }) => {
  const form = target.form ?? target.closest?.("form");
  if (ctx.response?.raw?.ok && (target.id === "saver" || form?.matches("[data-autosave]")) && ctx.request.method === "POST") unsaved = false;
  if (ctx.response?.headers?.has?.("HX-Redirect")) leaving = true;
});
document.addEventListener("submit", (event) => { if (!event.defaultPrevented && !event.target.matches("[hx-post], [method=get], [hx-get]")) leaving = true; });
document.addEventListener("largesse:leaving", () => { leaving = true; });
window.addEventListener("pageshow", () => { leaving = false; });

function changed(form) {
  if (!ours(form) || form.closest("dialog:not([open])")) return false;
  if (form.querySelector(".summary[role=alert]")) return true;
  return before.has(form) && before.get(form) !== kept(form);
}
window.addEventListener("beforeunload", (event) => {
  if (!leaving && (unsaved || [...document.forms].some(changed))) event.preventDefault();
});
