// Keys of the pages, and what every call of a script carries.
"use strict";
document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF"] = document.body.dataset.csrf || "";
});
