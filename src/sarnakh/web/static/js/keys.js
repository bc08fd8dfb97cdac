// Keys are bound to their place on the keyboard (event.code), so a Persian layout works. Off while typing.
// A page says what a key does:  data-key="KeyC" presses, opens or focuses that element;  data-save marks the form of Ctrl+Enter.
(() => {
  const typing = (el) => el.closest && el.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");
  const act = (el) => {
    if (el.matches("summary")) return el.click();
    if (el.matches("input[type=radio]")) { el.checked = true;
      el.dispatchEvent(new Event("change", { bubbles: true }));
      return (el.form.elements.text || el).focus(); // the outcome is chosen: on to what was said
    }
    if (el.matches("input, textarea, select")) return el.focus();
    el.click();
  };
  document.addEventListener("keydown", (event) => {
    const at = document.activeElement;
    if (event.code === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = (at && at.closest("form")) || document.querySelector("form[data-save]");
      if (form) { event.preventDefault(); form.requestSubmit(); }
      return;
    }
    if (event.code === "Escape") {
      const open = document.querySelector("details.drop[open]");
      if (open) { open.open = false; open.querySelector("summary").focus(); } else if (at && typing(at)) at.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "?" || event.key === "؟") { const keys = document.getElementById("keys"); if (keys) { event.preventDefault(); keys.showModal(); } return; }
    if (event.shiftKey) return;
    const code = event.code.replace(/^Numpad(\d)$/, "Digit$1");
    const target = [...document.querySelectorAll(`[data-key="${code}"]`)].find((el) => el.getClientRects().length || el.matches("input[type=radio]"));
    if (target) { event.preventDefault(); act(target); }
  });
})();
