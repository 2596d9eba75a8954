// The builder is drawn by the server whenever its shape changes. What somebody types while that is under way must not be lost:
// it is remembered by the name of its field, and put back after the swap.

const typed = new Map();
const inBuilder = (element) => element?.closest?.(".builder");

document.addEventListener("input", (event) => {
  if (inBuilder(event.target) && event.target.matches("input, textarea")) typed.set(event.target.name, event.target.value);
});

/** What was typed before a request is in it; removing a condition gives the others new names. */
document.addEventListener("htmx:before:request", (event) => { if (inBuilder(event.target)) typed.clear(); });

document.addEventListener("htmx:after:swap", () => {
  for (const [name, value] of typed) {
    const field = document.querySelector(`.builder :is(input, textarea)[name="${CSS.escape(name)}"]`);
    if (field && field.value !== value) field.value = value;
  }
});
