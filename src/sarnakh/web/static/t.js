/* Sarnakh tracker. <script async src="https://crm.example.com/t.js" data-key="WRITE_KEY"></script>
   Counts page views, remembers the first tagged visit, puts forms where data-sarnakh-form stands.
   sarnakh.track(event, props), sarnakh.page(props), sarnakh.identify(userId, traits), sarnakh.id() */
(function (w, d) {
  "use strict";
  var tag = d.currentScript || d.querySelector("script[data-key][src*='/t.js']");
  if (!tag || (w.sarnakh && w.sarnakh.id)) return;
  var key = tag.getAttribute("data-key") || "";
  var host = tag.getAttribute("data-host") || new URL(tag.src, d.baseURI).origin;
  var NAME = "sarnakh_aid", FIRST = "sarnakh_first", YEAR = 31536000;
  var UTM = ["source", "medium", "campaign", "term", "content"];
  var early = (w.sarnakh && w.sarnakh.q) || [], last = "", from = d.referrer;

  function read(name) {
    try { var kept = w.localStorage.getItem(name); if (kept) return kept; } catch (e) { /* blocked */ }
    var found = d.cookie.match(new RegExp("(?:^|; )" + name + "=([^;]*)"));
    return found ? decodeURIComponent(found[1]) : "";
  }
  function keep(name, value) {
    try { w.localStorage.setItem(name, value); } catch (e) { /* blocked */ }
    d.cookie = name + "=" + encodeURIComponent(value) + ";path=/;max-age=" + 2 * YEAR + ";SameSite=Lax" +
      (location.protocol === "https:" ? ";Secure" : "");
  }
  function uuid() {
    if (w.crypto && crypto.randomUUID) return crypto.randomUUID(); /* on https only */
    var bytes = new Uint8Array(16), text = "";
    if (w.crypto) crypto.getRandomValues(bytes); else for (var i = 0; i < 16; i++) bytes[i] = Math.random() * 256;
    for (var j = 0; j < 16; j++) text += (j > 3 && j < 11 && j % 2 === 0 ? "-" : "") + (bytes[j] + 256).toString(16).slice(1);
    return text;
  }

  var aid = read(NAME) || uuid();
  keep(NAME, aid);

  function campaign() {
    var query = new URLSearchParams(location.search), found = {}, any = false;
    UTM.forEach(function (name) {
      var value = query.get("utm_" + name);
      if (value) { found[name === "campaign" ? "name" : name] = value; any = true; }
    });
    return any ? found : null;
  }
  var first = read(FIRST), tagged = campaign();
  if (!first && tagged) keep(FIRST, first = JSON.stringify(tagged));

  function earliest() {
    try { return JSON.parse(first) || {}; } catch (e) { return {}; }
  }

  function place() {
    return { url: location.href, path: location.pathname, search: location.search, title: d.title, referrer: from };
  }
  function send(type, call) {
    var now = new Date().toISOString(), context = { page: place(), library: { name: "sarnakh", version: "1" } };
    var given = campaign();
    if (given) context.campaign = given;
    call.type = type; call.anonymousId = aid; call.messageId = uuid(); call.context = context;
    call.timestamp = call.sentAt = now; call.writeKey = key;
    var url = host + "/v1/" + type.charAt(0), body = JSON.stringify(call);
    /* text/plain: no preflight; keepalive: it leaves even when the page does. */
    if (w.fetch) {
      fetch(url, { method: "POST", body: body, keepalive: true, credentials: "omit", mode: "cors" }).catch(function () {
        if (navigator.sendBeacon) navigator.sendBeacon(url, body);
      });
    } else if (navigator.sendBeacon) navigator.sendBeacon(url, body);
  }

  function track(event, props) { send("track", { event: String(event), properties: props || {} }); }
  function identify(id, traits) {
    if (id && typeof id === "object") { traits = id; id = null; }
    var call = { traits: traits || {} };
    if (id) call.userId = String(id);
    send("identify", call);
  }
  function page(props) { send("page", { properties: Object.assign(place(), props || {}) }); }
  function moved() {
    var here = location.pathname + location.search;
    if (here === last) return;
    if (last) from = location.origin + last;
    last = here;
    page();
  }

  /* Pages that change their address without loading. The title follows the address, so wait a turn. */
  ["pushState", "replaceState"].forEach(function (name) {
    var own = history[name];
    history[name] = function () {
      var done = own.apply(this, arguments);
      setTimeout(moved, 0);
      return done;
    };
  });
  w.addEventListener("popstate", function () { setTimeout(moved, 0); });

  /* Forms. Who is here goes behind the #: it is in no log and in no Referer. */
  function handed() {
    var said = new URLSearchParams({ aid: aid, page: location.href.split("#")[0], referrer: d.referrer });
    var utm = campaign() || earliest();
    Object.keys(utm).forEach(function (name) { said.set("utm_" + (name === "name" ? "campaign" : name), utm[name]); });
    return said.toString();
  }
  function forms() {
    d.querySelectorAll("[data-sarnakh-form]:not([data-sarnakh-on])").forEach(function (spot) {
      var slug = spot.getAttribute("data-sarnakh-form"), frame = spot;
      spot.setAttribute("data-sarnakh-on", "");
      if (spot.tagName !== "IFRAME") {
        frame = d.createElement("iframe");
        frame.title = spot.getAttribute("title") || slug;
        spot.appendChild(frame);
      }
      var plain = frame.getAttribute("src") || host + "/f/" + encodeURIComponent(slug);
      plain = plain.split("#")[0];
      if (new URL(plain, d.baseURI).origin !== host) return;
      frame.style.cssText = "width:100%;border:0;display:block;min-height:320px;" + frame.style.cssText;
      plain += /[?&]embed=/.test(plain) ? "" : (plain.indexOf("?") < 0 ? "?" : "&") + "embed=1";
      if (spot.getAttribute("data-lang")) plain += "&lang=" + encodeURIComponent(spot.getAttribute("data-lang"));
      frame.src = plain + "#" + handed();
    });
  }
  w.addEventListener("message", function (event) {
    if (event.origin !== host || !event.data || event.data.sarnakh !== "height") return;
    var height = Math.ceil(Number(event.data.height));
    if (!(height > 0 && height < 10000)) return;
    d.querySelectorAll("iframe").forEach(function (frame) {
      if (frame.contentWindow === event.source) frame.style.height = height + "px";
    });
  });

  w.sarnakh = { track: track, page: page, identify: identify, forms: forms, id: function () { return aid; } };
  early.forEach(function (call) { w.sarnakh[call[0]].apply(null, call.slice(1)); });
  if (key) moved();
  if (d.readyState === "loading") d.addEventListener("DOMContentLoaded", forms); else forms();
})(window, document);
