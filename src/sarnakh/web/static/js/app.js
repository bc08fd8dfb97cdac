// What every page does: toasts that go away, panels that close, busy buttons, and one answer to a lost connection.
(() => {
  const doc = document;

  const settle = (toast) => {
    if (toast.dataset.k === "error") return; // an error stays until it is read
    setTimeout(() => { toast.classList.add("gone"); setTimeout(() => toast.remove(), 200); }, 8000);
  };
  doc.querySelectorAll("[data-toast]").forEach(settle);
  doc.addEventListener("htmx:oobAfterSwap", () => doc.querySelectorAll("[data-toast]:not([data-seen])").forEach((t) => { t.dataset.seen = ""; settle(t); }));

  const closeDrops = (except) => doc.querySelectorAll("details.drop[open]").forEach((d) => { if (d !== except) d.open = false; });
  doc.addEventListener("click", (event) => {
    const toast = event.target.closest("[data-toast]");
    if (toast && !event.target.closest("button, a")) toast.remove();
    if (event.target.closest("[data-drop-close]")) return closeDrops(null);
    const drop = event.target.closest("details.drop");
    // On a phone the panel's backdrop belongs to <details> itself: a click on it closes.
    closeDrops(drop && event.target !== drop ? drop : null);
    const press = event.target.closest("[data-press]");
    if (press) { const key = doc.querySelector(`[data-key="${press.dataset.press}"]`); if (key) key.click(); }
    if (event.target.closest("[data-keys-open]")) doc.getElementById("keys").showModal();
  });
  doc.addEventListener("toggle", (event) => {
    if (!event.target.matches || !event.target.matches("details.drop") || !event.target.open) return;
    closeDrops(event.target);
    const first = event.target.querySelector("[data-first], .pop input:not([type=hidden]), .pop select, .pop textarea");
    if (first) first.focus();
  }, true);

  // A plain form is sent once, however often its button is pressed.
  doc.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => doc.querySelectorAll("form[data-sent]").forEach((f) => { delete f.dataset.sent; }));

  const say = (kind, text) => {
    const box = doc.getElementById("toasts"), toast = doc.createElement("div"), words = doc.createElement("span");
    toast.className = "toast-i"; toast.dataset.k = kind; toast.dataset.toast = ""; words.textContent = text; words.className = "pe-2";
    toast.append(words); box.append(toast);
  };
  const words = { fa: ["ارتباط با سرور برقرار نشد. دوباره بفرستید.", "انجام نشد. صفحه را تازه کنید و دوباره بفرستید."], en: ["The server could not be reached. Send it again.", "That did not work. Refresh the page and try again."] };
  const ours = () => words[doc.documentElement.lang] || words.en;
  doc.addEventListener("htmx:sendError", () => say("error", ours()[0]));
  doc.addEventListener("htmx:responseError", () => say("error", ours()[1]));
})();

// State that never leaves the page. The CSP build of Alpine takes no statements in attributes, so they live here.
document.addEventListener("alpine:init", () => {
  Alpine.data("composer", () => ({
    kind: "call",
    again: false,
    show(kind) { this.kind = kind; this.$nextTick(() => this.$refs[kind].focus()); },
    callAgain() { this.again = true; this.$nextTick(() => this.$refs.again.focus()); },
  }));
});
