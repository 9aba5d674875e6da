// Keys of the pages, and what every call of a script carries.
"use strict";

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF"] = document.body.dataset.csrf || "";
});

(() => {
  const CURRENT = "data-current";

  const rows = () => [...document.querySelectorAll(".rows > li")];

  const say = (text) => {
    document.getElementById("said").textContent = text;
  };

  // The list's address without what was just done.
  const address = () => {
    const query = new URLSearchParams(location.search);
    query.delete("done");
    return `${location.pathname}?${query}`;
  };

  // Where a list was left, in this tab alone.
  const kept = () => {
    try {
      return sessionStorage.getItem(address());
    } catch {
      return null;
    }
  };

  const keep = (row) => {
    try {
      sessionStorage.setItem(address(), row.id);
    } catch {
      // a browser that keeps nothing: the list begins at its top
    }
  };

  const current = () => document.querySelector(`.rows > li[${CURRENT}]`);

  const go = (row) => {
    current()?.removeAttribute(CURRENT);
    row.setAttribute(CURRENT, "");
    row.querySelector("a").focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    keep(row);
  };

  const step = (by) => {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(current());
    const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by;
    if (all[next]) go(all[next]);
    else say(by > 0 ? "This is the last row of the page." : "This is the first row.");
  };

  const select = () => {
    const box = current()?.querySelector("input[type=checkbox]");
    if (!box) return;
    box.checked = !box.checked;
    say(`${document.querySelectorAll(".rows input:checked").length} selected`);
  };

  // A button, a link or a field that names its key; a form stands for its button.
  const press = (key) => {
    const found = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!found) return false;
    if (found.matches("input")) found.focus();
    else (found.matches("form") ? found.querySelector("button") : found).click();
    return true;
  };

  const ACTS = {
    j: () => step(1),
    k: () => step(-1),
    x: select,
    "?": () => location.assign("/console/help"),
  };

  const isTyping = (element) =>
    element.matches("input:not([type=checkbox]), textarea, select") ||
    element.isContentEditable;

  // A key that is held must decide nothing twice.
  let isSent = false;
  document.addEventListener("submit", () => {
    isSent = true;
  });
  window.addEventListener("pageshow", () => {
    isSent = false;
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && isTyping(event.target)) {
      event.target.blur();
      return;
    }
    if (isTyping(event.target) || (event.repeat && !"jk".includes(event.key))) return;
    const act = Object.hasOwn(ACTS, event.key) ? ACTS[event.key] : null;
    if (act) act();
    else if (isSent || !press(event.key)) return;
    event.preventDefault();
  });

  const begin = () => {
    const left = document.getElementById(location.hash.slice(1) || kept() || "");
    if (left?.matches(".rows > li")) go(left);
  };
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", begin);
  } else {
    begin();
  }
})();
