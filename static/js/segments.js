// The builder is drawn by the server whenever its shape changes. static/js/typing.js keeps what is typed meanwhile by the names of fields;
// removing a condition gives the others new names, so nothing can be typed while that is under way.

const builder = (event) => event.target.matches?.(".builder button[value*=':remove:']") ? event.target.closest(".builder") : null;

document.addEventListener("htmx:before:request", (event) => { const drawn = builder(event); if (drawn) drawn.inert = true; });
document.addEventListener("htmx:finally:request", (event) => { const drawn = builder(event); if (drawn) drawn.inert = false; });
