/* The public form works without this. With it: who is here and from where (t.js puts that behind the #), one sending
   only, and a frame that is as high as what is in it. */
(function (w, d) {
  "use strict";
  var framed = w.parent !== w, form = d.querySelector("form[data-form]");

  function height() {
    w.parent.postMessage({ sarnakh: "height", height: d.body.offsetHeight }, "*"); /* a number, for anyone to know */
  }
  if (framed) {
    height();
    if (w.ResizeObserver) new ResizeObserver(height).observe(d.body);
    w.addEventListener("load", height);
  }
  if (!form) return;

  /* Browsers heed no autofocus in a frame of another site. */
  var wrong = form.querySelector("[aria-invalid]");
  if (wrong && framed) wrong.focus();

  var said = new URLSearchParams(location.hash.slice(1));
  function put(name, value) {
    var field = form.elements[name];
    if (field && value) field.value = value;
  }
  put("visitor_id", said.get("aid"));
  put("visitor_page", said.get("page"));
  put("visitor_referrer", said.get("referrer"));
  ["source", "medium", "campaign", "term", "content"].forEach(function (name) {
    put("utm_" + name, said.get("utm_" + name));
  });

  if (said.get("aid") && w.fetch) {
    fetch(form.getAttribute("data-form"), {
      method: "POST", keepalive: true, credentials: "omit",
      body: new URLSearchParams({ aid: said.get("aid"), page: said.get("page") || "", token: form.elements.form_token.value })
    }).catch(function () { /* only a view not counted */ });
  }

  form.addEventListener("submit", function (event) {
    if (form.hasAttribute("data-sent")) return event.preventDefault();
    form.setAttribute("data-sent", "");
  });
  /* Back from the next page: it may be sent again. */
  w.addEventListener("pageshow", function () { form.removeAttribute("data-sent"); });
})(window, document);
