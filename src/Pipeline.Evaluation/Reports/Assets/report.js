"use strict";
// The index holds everything but the pictures. A picture is the text of its own inert script element, read only when it is shown,
// so a page costs the same with ten items and with ten thousand.
(() => {
  const $ = id => document.getElementById(id);
  const data = JSON.parse($("index").textContent);
  const items = data.items, metrics = data.metrics, emotions = data.emotions;
  const hues = new Map(emotions.map((name, i) => [name, Math.round((i * 137.508 + 25) % 360)]));
  const state = { q: "", emotion: new Set(), status: "", sort: "", desc: false, page: 0 };
  let shown = [], open = -1, mode = "slide";

  const el = (tag, cls, text) => {
    const e = document.createElement(tag);
    if (cls) e.className = cls;
    if (text !== undefined) e.textContent = text;
    return e;
  };
  const picture = i => i < 0 || i === undefined ? null : "data:image/jpeg;base64," + $("p" + i).textContent;
  const number = v => {
    const a = Math.abs(v);
    return a >= 1000 ? v.toFixed(0) : a >= 100 ? v.toFixed(1) : a >= 10 ? v.toFixed(2) : a >= .1 || a === 0 ? v.toFixed(3) : a >= .001 ? v.toPrecision(3) : v.toExponential(1);
  };
  const seconds = s => s >= 90 ? (s / 60).toFixed(1) + " min" : s >= 10 ? s.toFixed(0) + " s" : s.toFixed(1) + " s";
  const total = item => item.times.reduce((sum, t) => sum + t[1], 0);
  const score = (item, m) => { const s = item.scores[m]; return typeof s === "number" ? s : null; };

  const ranges = metrics.map((_, m) => {
    let low = Infinity, high = -Infinity;
    for (const item of items) { const s = score(item, m); if (s !== null) { low = Math.min(low, s); high = Math.max(high, s); } }
    return [low, high];
  });

  // ---- filter, sort, address
  function read() {
    const p = new URLSearchParams(location.hash.slice(1));
    state.q = p.get("q") || "";
    state.emotion = new Set(p.getAll("emotion").filter(e => hues.has(e)));
    state.status = ["ok", "failed", "skipped"].includes(p.get("status")) ? p.get("status") : "";
    state.sort = p.get("sort") || "";
    state.desc = p.get("desc") === "1";
    state.page = Math.max(0, (parseInt(p.get("page"), 10) || 1) - 1);
  }
  function write() {
    const p = new URLSearchParams();
    if (state.q) p.set("q", state.q);
    for (const e of state.emotion) p.append("emotion", e);
    if (state.status) p.set("status", state.status);
    if (state.sort) p.set("sort", state.sort);
    if (state.desc) p.set("desc", "1");
    if (state.page) p.set("page", state.page + 1);
    const hash = p.toString();
    try { history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search); } catch { /* a page opened from disk in a strict browser */ }
  }
  function haystack(item) {
    return item.text ??= [item.id, item.emotion, item.source, item.target, item.caption, item.error ? item.error.message + " " + item.error.code : "", ...item.notes].join("\n").toLowerCase();
  }
  function key(item) {
    if (state.sort === "time") return total(item);
    if (state.sort === "id") return item.id;
    const m = metrics.findIndex(x => x.name === state.sort);
    return m < 0 ? null : score(item, m);
  }
  function select() {
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    const base = items.filter(i => words.every(w => haystack(i).includes(w)));
    const byStatus = base.filter(i => !state.status || i.status === state.status);
    counts(base.filter(i => !state.emotion.size || state.emotion.has(i.emotion)), byStatus);
    shown = byStatus.filter(i => !state.emotion.size || state.emotion.has(i.emotion));
    if (state.sort) {
      const sign = state.desc ? -1 : 1;
      shown = shown.map((item, at) => [key(item), at, item]).sort((a, b) =>
        a[0] === null || b[0] === null ? (a[0] === null) - (b[0] === null) || a[1] - b[1]
          : (a[0] < b[0] ? -sign : a[0] > b[0] ? sign : a[1] - b[1])).map(x => x[2]);
    }
    state.page = Math.min(state.page, Math.max(0, Math.ceil(shown.length / data.pageSize) - 1));
  }
  function counts(forStatus, forEmotion) {
    for (const b of $("status").children) {
      const n = b.value ? forStatus.filter(i => i.status === b.value).length : forStatus.length;
      b.querySelector("i").textContent = n;
      b.setAttribute("aria-pressed", String(b.value === state.status));
    }
    const tally = new Map();
    for (const i of forEmotion) tally.set(i.emotion, (tally.get(i.emotion) || 0) + 1);
    $("tags").classList.toggle("some", state.emotion.size > 0);
    for (const b of $("tags").children) {
      b.querySelector("i").textContent = tally.get(b.value) || 0;
      b.setAttribute("aria-pressed", String(state.emotion.has(b.value)));
    }
  }

  // ---- cards
  function tag(item) { const t = el("span", "tag", item.emotion); t.style.setProperty("--hue", hues.get(item.emotion)); return t; }
  function figure(index, label, missing) {
    const f = el("figure"), src = picture(index);
    if (src) { const img = el("img"); img.alt = label; img.src = src; f.append(img); } else f.append(el("div", "none", missing));
    f.append(el("figcaption", "", label));
    return f;
  }
  function scores(item, most) {
    const list = el("dl", "scores");
    for (let m = 0; m < metrics.length && list.childElementCount < most; m++) {
      if (item.scores[m] === undefined || item.scores[m] === null) continue;
      const box = el("div", "score"), value = el("dd"), v = score(item, m);
      const name = el("dt", "", metrics[m].label + (metrics[m].lower ? " ↓" : " ↑"));
      name.title = metrics[m].name + (metrics[m].lower ? ": lower is better" : ": higher is better");
      if (v === null) value.append(el("em", "", item.scores[m]));
      else {
        value.append(el("b", "", number(v)));
        const [low, high] = ranges[m];
        if (high > low) {
          const meter = el("span", "meter"), fill = el("i"), part = (v - low) / (high - low);
          fill.style.width = Math.round(100 * (metrics[m].lower ? 1 - part : part)) + "%";
          meter.title = "from worst to best of this report";
          meter.append(fill); value.append(meter);
        }
      }
      box.append(name, value); list.append(box);
    }
    return list;
  }
  function head(item) {
    const h = el("div", "head");
    h.append(tag(item), el("span", "id", item.id));
    h.lastChild.title = item.id;
    if (item.status !== "ok") h.append(el("span", "status " + item.status, item.status));
    if (total(item) > 0) h.append(el("span", "seconds", seconds(total(item))));
    return h;
  }
  function error(item) {
    const p = el("p", "error");
    if (item.error.stage || item.error.code) p.append(el("b", "", [item.error.stage, item.error.code].filter(Boolean).join(" · ")));
    p.append(item.error.message);
    return p;
  }
  function card(item, at) {
    const c = el("article", "card " + item.status), strip = el("button", "strip");
    strip.type = "button";
    strip.setAttribute("aria-label", "Open " + item.id + ", " + item.emotion);
    strip.style.setProperty("--aspect", item.aspect);
    strip.append(figure(item.before, "before", "no picture"), figure(item.map, "stimulus map", "no map"), figure(item.after, item.emotion, item.status === "ok" ? "no picture" : item.status));
    strip.onclick = () => show(at);
    const body = el("div", "body");
    body.append(head(item));
    if (item.error) body.append(error(item));
    if (item.target) { const p = el("p", "prompt", item.target); p.title = item.target; body.append(p); }
    if (item.caption) { const p = el("p", "caption", item.caption); p.title = item.caption; body.append(p); }
    const list = scores(item, 6);
    if (list.childElementCount) body.append(list);
    c.append(strip, body);
    return c;
  }
  function draw() {
    select(); write();
    const first = state.page * data.pageSize, page = shown.slice(first, first + data.pageSize), pages = Math.ceil(shown.length / data.pageSize);
    $("grid").replaceChildren(...(page.length ? page.map((item, i) => card(item, first + i)) : [el("p", "empty", "Nothing matches. Loosen the search or the filters.")]));
    $("count").textContent = shown.length === items.length ? items.length.toLocaleString("en") + " items" : shown.length.toLocaleString("en") + " of " + items.length.toLocaleString("en");
    $("pager").hidden = pages < 2;
    $("where").textContent = "page " + (state.page + 1) + " of " + pages;
    $("first").disabled = $("previous").disabled = state.page === 0;
    $("last").disabled = $("next").disabled = state.page >= pages - 1;
    $("q").value = state.q; $("sort").value = state.sort; $("desc").setAttribute("aria-pressed", String(state.desc));
    $("desc").disabled = !state.sort;
    $("desc").textContent = state.desc ? "high → low" : "low → high";
  }
  function change(update, keepPage) { Object.assign(state, update); if (!keepPage) state.page = 0; draw(); }
  function turn(page) { change({ page }, true); document.querySelector(".bar").scrollIntoView(); }

  // ---- one item
  function block(title, ...content) { const s = el("section"); s.append(el("h3", "", title), ...content); return s; }
  function times(item) {
    const bar = el("div", "times"), legend = el("div", "legend"), sum = total(item);
    item.times.forEach(([name, value], i) => {
      const part = el("i"), entry = el("span", "", name + " " + seconds(value)), hue = (i * 61 + 210) % 360;
      part.style.width = 100 * value / sum + "%"; part.title = name + " " + seconds(value);
      part.style.setProperty("--hue", hue); entry.style.setProperty("--hue", hue);
      bar.append(part); legend.append(entry);
    });
    return [bar, legend];
  }
  function stimuli(item) {
    const list = el("ul", "stimuli");
    for (const [from, to, importance] of item.stimuli) {
      const row = el("li"), text = el("span", "", from);
      if (to && to !== from) text.append(" ", el("i", "", "→"), " ", to);
      row.append(text, el("i", "", importance + "/10")); list.append(row);
    }
    return list;
  }
  function layer(index, href, cls) {
    const src = picture(index);
    if (!src) return null;
    const img = el("img", cls); img.src = src; img.alt = "";
    if (href) { const full = new Image(); full.onload = () => { img.src = full.src; }; full.src = href; }
    return img;
  }
  function stage(item) {
    const s = $("stage"), both = item.before >= 0 && item.after >= 0, wanted = mode === "slide" && !both ? ["after", "before", "map"].find(m => item[m] >= 0) || "after" : mode;
    const parts = [];
    if (wanted === "slide") {
      const knob = el("div", "knob"), range = el("input");
      range.type = "range"; range.min = 0; range.max = 1000; range.value = 500; range.setAttribute("aria-label", "Before and after");
      s.style.setProperty("--x", "50%");
      range.oninput = () => s.style.setProperty("--x", range.value / 10 + "%");
      parts.push(layer(item.before, item.beforeHref), layer(item.after, item.afterHref, "over"), knob, el("span", "corner", "before"), el("span", "corner end", item.emotion), range);
    } else parts.push(layer(item[wanted], wanted === "map" ? null : item[wanted + "Href"]) || el("div", "none", "no picture"));
    s.replaceChildren(...parts);
    for (const b of $("modes").children) {
      b.setAttribute("aria-pressed", String(b.value === wanted));
      b.disabled = b.value === "slide" ? !both : !(item[b.value] >= 0);
    }
  }
  function show(at) {
    open = at;
    const item = shown[at], right = $("right"), parts = [head(item)];
    if (item.error) parts.push(error(item));
    if (item.target) parts.push(block("Target prompt", el("p", "serif", item.target)));
    if (item.source) parts.push(block("Source prompt", el("p", "", item.source)));
    if (item.negative) parts.push(block("Negative prompt", el("p", "", item.negative)));
    if (item.caption) parts.push(block("Caption of the result", el("p", "", item.caption)));
    if (item.stimuli.length) parts.push(block("Stimuli", stimuli(item)));
    const list = scores(item, 999);
    if (list.childElementCount) parts.push(block("Scores", list));
    if (total(item) > 0) parts.push(block("Time, " + seconds(total(item)), ...times(item)));
    if (item.notes.length) { const ul = el("ul", "notes"); for (const n of item.notes) ul.append(el("li", "", n)); parts.push(block("Notes", ul)); }
    right.replaceChildren(...parts); right.scrollTop = 0;
    stage(item);
    $("place").textContent = (at + 1).toLocaleString("en") + " / " + shown.length.toLocaleString("en");
    $("back").disabled = at === 0; $("forth").disabled = at === shown.length - 1;
    if (!$("view").open) { $("view").showModal(); $("view").focus(); }
  }
  function step(by) {
    const to = open + by;
    if (to < 0 || to >= shown.length) return;
    const page = Math.floor(to / data.pageSize);
    if (page !== state.page) change({ page }, true);
    show(to);
  }

  // ---- controls
  for (const name of emotions) {
    const b = el("button", "tag", name); b.type = "button"; b.value = name; b.style.setProperty("--hue", hues.get(name)); b.append(el("i"));
    b.onclick = () => { const e = new Set(state.emotion); e.has(name) ? e.delete(name) : e.add(name); change({ emotion: e }); };
    $("tags").append(b);
  }
  for (const row of document.querySelectorAll("[data-emotion]")) row.style.setProperty("--hue", hues.get(row.dataset.emotion) ?? 0);
  for (const m of metrics) { const o = el("option", "", m.label + (m.lower ? " (lower is better)" : " (higher is better)")); o.value = m.name; $("sort").append(o); }
  for (const b of $("status").children) b.onclick = () => change({ status: b.value });
  for (const b of $("modes").children) b.onclick = () => { mode = b.value; stage(shown[open]); };
  let typing;
  $("q").oninput = () => { clearTimeout(typing); typing = setTimeout(() => change({ q: $("q").value }), 150); };
  $("sort").onchange = () => {
    const m = metrics.find(x => x.name === $("sort").value);
    change({ sort: $("sort").value, desc: m ? !m.lower : $("sort").value === "time" });
  };
  $("desc").onclick = () => change({ desc: !state.desc });
  $("first").onclick = () => turn(0); $("previous").onclick = () => turn(state.page - 1);
  $("next").onclick = () => turn(state.page + 1); $("last").onclick = () => turn(Infinity);
  $("back").onclick = () => step(-1); $("forth").onclick = () => step(1); $("close").onclick = () => $("view").close();
  $("view").onclick = e => { if (e.target === $("view")) $("view").close(); };
  const dark = () => (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const store = value => { try { return value === undefined ? localStorage.getItem("moodpipe-theme") : localStorage.setItem("moodpipe-theme", value); } catch { return null; } };
  if (store()) document.documentElement.dataset.theme = store();
  $("theme").onclick = () => { const t = dark() ? "light" : "dark"; document.documentElement.dataset.theme = t; store(t); };
  addEventListener("keydown", e => {
    const typingNow = /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName) && e.target.type !== "range";
    if (typingNow || e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === "/" && !$("view").open) { e.preventDefault(); $("q").focus(); }
    else if ($("view").open && (e.key === "n" || e.key === "ArrowRight" && e.target.type !== "range")) step(1);
    else if ($("view").open && (e.key === "p" || e.key === "ArrowLeft" && e.target.type !== "range")) step(-1);
    else if ($("view").open && "1234".includes(e.key)) { const b = $("modes").children[e.key - 1]; if (!b.disabled) b.click(); }
    else if (!$("view").open && e.key === "ArrowRight" && !$("next").disabled && !$("pager").hidden) turn(state.page + 1);
    else if (!$("view").open && e.key === "ArrowLeft" && !$("previous").disabled && !$("pager").hidden) turn(state.page - 1);
  });
  addEventListener("hashchange", () => { read(); draw(); });
  const wanted = new URLSearchParams(location.hash.slice(1)).get("item"); // a link to one item, which drawing takes out of the address
  read(); draw();
  if (wanted) { const at = shown.findIndex(i => i.id === wanted); if (at >= 0) { change({ page: Math.floor(at / data.pageSize) }, true); show(at); } }
})();
