// Comfort for pages, which also work without it: passwords can be shown, rules are
// checked one by one, and a form that is being sent is not sent again.
(() => {
  "use strict";
  for (const list of document.querySelectorAll(".rules")) {
    const input = list.parentElement.querySelector("input");
    const rules = [...list.querySelectorAll("[data-pattern]")];
    const check = () => {
      for (const rule of rules) {
        const met = new RegExp(rule.dataset.pattern, "u").test(input.value);
        rule.classList.toggle("ok", met);
        rule.classList.toggle("no", !met && rule.classList.contains("no") && input.value !== "");
      }
    };
    input.addEventListener("input", check);
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    const button = event.submitter;
    if (!button || !button.dataset.busy) return;
    button.dataset.text = button.textContent;
    button.style.minWidth = button.offsetWidth + "px";
    button.setAttribute("aria-busy", "true");
    button.textContent = button.dataset.busy;
  });
  // A page that comes back from the browser's cache can be sent again.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.forms) delete form.dataset.sent;
    for (const button of document.querySelectorAll("[aria-busy]")) {
      button.removeAttribute("aria-busy");
      button.textContent = button.dataset.text;
    }
  });
})();
