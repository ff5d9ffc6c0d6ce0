// The browser's half of the explorer. Python filters, sorts and counts; this draws one page and sends what is asked.
// Values of records are only ever put in as text (textContent, title), never as HTML.

const FILTER_HINT =
  "Equals the text, or else contains it; * = anything, | = or, ! in front = not. Example: Delete* | StopLogging";
const TIME_HINT = "2024-05-03, or 2024-05-03 14:30, in UTC";
const SILENT_AFTER = 4000; // milliseconds without an answer from the kernel

/** As `visible` in workshop/logs/visible.py: what would be invisible in a text, or move what is around it, is escaped. */
const visible = (text) => text.replace(/(?! )[\p{C}\p{Z}]/gu, (sign) => {
  const code = sign.codePointAt(0);
  const name = { 9: "\\t", 10: "\\n", 13: "\\r" }[code];
  const hex = (letter, digits) => `\\${letter}${code.toString(16).padStart(digits, "0")}`;
  return name ?? (code < 0x100 ? hex("x", 2) : code < 0x10000 ? hex("u", 4) : hex("U", 8));
});

/** Make an element: attributes, on... listeners, and children that are elements or plain text. */
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (typeof value === "string" && ["title", "aria-label"].includes(name)) element.setAttribute(name, visible(value));
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.map((child) => (typeof child === "string" ? visible(child) : child)));
  return element;
}

const number = (n) => n.toLocaleString("en-US");
const utc = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
const plural = (n, word) => `${number(n)} ${word}${n === 1 ? "" : "s"}`;

/** As in record_text.py: a number that JavaScript lacks is an object with its digits. */
const NUMBER = "\0number";
const isNumber = (value) => value !== null && typeof value === "object" && typeof value[NUMBER] === "string";

/** As `short` in static.py. */
function short(name, text) {
  if (name === "eventSource") return text.replace(/\.amazonaws\.com$/, "");
  if (name === "resource") text = text.split(", ")[0];
  return text.startsWith("arn:") ? text.split(":").slice(5).join(":").replace(/^assumed-role\//, "") : text;
}

function span(seconds) {
  const units = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];
  const [size, unit] = units.find(([size]) => seconds % size === 0);
  return seconds === size ? unit : `${seconds / size} ${unit}s`;
}

/** Spell a key or position as Python does: ['userIdentity'], [0]. */
function subscript(key) {
  if (typeof key === "number") return `[${key}]`;
  return /['\\\n\r\t]/.test(key) ? `[${JSON.stringify(key)}]` : `['${key}']`;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without encryption, as on some hubs, browsers have no clipboard object.
    const area = h("textarea", { style: "position:fixed;opacity:0" });
    const focused = document.activeElement;
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    focused?.focus();
  }
}

/** Move the focus among `items` with the keys given; only one of them is a tab stop. */
function rove(items, current, event, back, forth) {
  const last = items.length - 1;
  const to = { [back]: current - 1, [forth]: current + 1, Home: 0, End: last }[event.key];
  if (to === undefined || current < 0) return false;
  event.preventDefault();
  const target = items[Math.max(0, Math.min(last, to))];
  for (const item of items) item.tabIndex = item === target ? 0 : -1;
  target.focus();
  return true;
}

function render({ model, el }) {
  const words = model.get("words");
  const query = () => model.get("query");
  const uid = `ctx-${Math.random().toString(36).slice(2)}`;
  const records = new Map(); // row number -> what the kernel said of it
  const details = new Map(); // row number -> the element that shows it
  let waiting = null;
  let typing = null;

  // ------------------------------------------------------------------ asking the kernel

  function expectAnswer() {
    root.setAttribute("aria-busy", "true");
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      silence.hidden = false;
    }, SILENT_AFTER);
  }

  function answered() {
    clearTimeout(waiting);
    root.removeAttribute("aria-busy");
    silence.hidden = true;
  }

  function ask(changes) {
    clearTimeout(typing);
    model.set("query", { ...query(), page: 0, ...changes });
    expectAnswer();
    model.save_changes();
  }

  function send(message) {
    expectAnswer();
    model.send(message);
  }

  function announce(text) {
    status.textContent = visible(text);
  }

  // ------------------------------------------------------------------ filters

  const inputs = {};

  function field(name, label, attributes = {}) {
    const input = h("input", {
      id: `${uid}-${name}`, type: "search", autocomplete: "off", spellcheck: "false", title: FILTER_HINT, ...attributes,
    });
    inputs[name] = input;
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") ask({ [name]: input.value });
    });
    return h("div", { class: `ctx-field ctx-field-${name}` }, h("label", { for: input.id }, label), input);
  }

  function typedField(name, label, attributes = {}) {
    const box = field(name, label, attributes);
    inputs[name].addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(() => ask({ [name]: inputs[name].value }), 250);
    });
    return box;
  }

  function timeField(name, label, example) {
    const box = field(name, label, { placeholder: example, title: TIME_HINT });
    inputs[name].addEventListener("change", () => {
      if (inputs[name].value !== query()[name]) ask({ [name]: inputs[name].value });
    });
    return box;
  }

  function valueField([name, label]) {
    const list = h("datalist", { id: `${uid}-${name}-values` });
    const box = typedField(name, label, { list: list.id });
    const suggest = () => send({ kind: "suggest", name, typed: inputs[name].value });
    inputs[name].addEventListener("focus", suggest);
    inputs[name].addEventListener("input", suggest);
    box.append(list);
    return box;
  }

  function choice(name, label, options) {
    const select = h("select", { id: `${uid}-${name}`, onchange: () => ask({ [name]: select.value }) });
    for (const [value, text] of options) select.append(h("option", { value }, text));
    inputs[name] = select;
    return h("div", { class: "ctx-field" }, h("label", { for: select.id }, label), select);
  }

  function fillSuggestions({ name, values }) {
    const list = inputs[name].parentElement.querySelector("datalist");
    list.replaceChildren(...values.map(([value, n]) => h("option", { value }, plural(n, "event"))));
  }

  const ORDER = ["sort", "descending", "page", "size", "rarest"];

  function drawFilters() {
    const now = query();
    for (const [name, input] of Object.entries(inputs)) {
      if (input !== document.activeElement) input.value = now[name] ?? ""; // never under the fingers of someone typing
      input.classList.toggle("ctx-set", Boolean(now[name]));
    }
    const set = Object.keys(now).filter((name) => !ORDER.includes(name) && now[name]).length;
    reset.textContent = set ? `Reset (${plural(set, "filter")})` : "Reset";
  }

  // ------------------------------------------------------------------ histogram

  let drag = null;

  function barLabel({ start, step, counts, failed }, i) {
    const [from, to] = [utc(start + i * step), utc(start + (i + 1) * step)];
    return `${from} to ${to} UTC: ${plural(counts[i], "event")}, ${number(failed[i])} failed`;
  }

  function zoom(from, to) {
    const { start, step } = model.get("view").histogram;
    const [first, last] = [Math.min(from, to), Math.max(from, to)];
    ask({ start: utc(start + first * step), end: utc(start + (last + 1) * step) });
  }

  function drawHistogram() {
    const data = model.get("view").histogram;
    const highest = Math.max(1, ...data.counts);
    const focused = [...bars.children].indexOf(document.activeElement);
    caption.textContent = `Events in each ${span(data.step)} (UTC), at most ${number(Math.max(0, ...data.counts))}`;
    bars.replaceChildren(...data.counts.map((count, i) => {
      // Few events among many must still be seen: a bar that is not empty has at least two pixels.
      const part = (n, kind) => h("span", { class: kind, style: `height:max(${n ? 2 : 0}px, ${(100 * n) / highest}%)` });
      const show = () => { caption.textContent = barLabel(data, i); };
      return h("button", {
        type: "button", class: "ctx-bar", tabindex: i === 0 ? 0 : -1, "aria-label": `${barLabel(data, i)}. Show only these`,
        onfocus: show, onpointerenter: () => { show(); paint(i); }, onpointerdown: () => { drag = i; },
        onclick: () => zoom(drag ?? i, i),
      }, part(count - data.failed[i], "ctx-good"), part(data.failed[i], "ctx-bad"));
    }));
    if (focused >= 0) bars.children[Math.min(focused, bars.children.length - 1)]?.focus();
    const at = (i) => utc(data.start + i * data.step).slice(0, 16);
    const n = data.counts.length;
    axis.replaceChildren(...(n ? [0, Math.floor(n / 2), n].map((i) => h("span", {}, at(i)))  : []));
  }

  function paint(to) {
    [...bars.children].forEach((bar, i) => {
      const inside = drag !== null && i >= Math.min(drag, to) && i <= Math.max(drag, to);
      bar.classList.toggle("ctx-chosen", inside);
    });
  }

  // ------------------------------------------------------------------ the most frequent values

  function drawCounted() {
    const { counted } = model.get("view");
    const labels = Object.fromEntries(words.filters.map(([name, label]) => [name, label]));
    tops.replaceChildren(...counted.map(({ name, distinct, values }) => {
      const highest = Math.max(1, ...values.map(([, n]) => n));
      const items = values.map(([value, n]) => h("li", {}, h("button", {
        type: "button", title: `Show only: ${value}`, style: `--share:${(100 * n) / highest}%`,
        onclick: () => ask({ [name]: value }),
      }, h("span", {}, short(name, value)), h("b", {}, number(n)))));
      return h("section", {}, h("h4", {}, `${labels[name]} (${number(distinct)})`),
        items.length ? h("ul", {}, ...items) : h("p", {}, "none"));
    }));
    rarest.textContent = query().rarest ? "Show the most frequent" : "Show the rarest";
  }

  // ------------------------------------------------------------------ table

  function drawHead() {
    const [now, { columns }] = [query(), model.get("view")];
    if (head.children.length !== columns.length + 1) { // at first, and when resources have been read
      head.replaceChildren(h("td"), ...columns.map(([name, label]) => h("th", {
        scope: "col", "data-name": name, class: `ctx-${name}`,
      }, h("button", { type: "button", onclick: () => sortBy(name) }, label, h("i", { "aria-hidden": "true" })))));
    }
    for (const th of head.children) {
      const mine = th.dataset.name === now.sort;
      if (!th.dataset.name) continue;
      th.setAttribute("aria-sort", mine ? (now.descending ? "descending" : "ascending") : "none");
      th.querySelector("i").textContent = mine ? (now.descending ? " \u25bc" : " \u25b2") : "";
    }
  }

  function sortBy(name) {
    const now = query();
    ask({ sort: name, descending: now.sort === name ? !now.descending : name === "eventTime" });
  }

  function drawRows() {
    const { columns, rows, page, pages } = model.get("view");
    const opened = model.get("opened");
    const toggles = () => [...body.querySelectorAll(".ctx-toggle")];
    const focused = toggles().indexOf(document.activeElement);
    body.replaceChildren(...rows.flatMap(([row, ...texts], i) => {
      const open = opened.includes(row);
      const label = `Record of ${texts[1] || "event"}, ${texts[0]} UTC`;
      const toggle = h("button", {
        type: "button", class: "ctx-toggle", tabindex: i === Math.max(0, focused) ? 0 : -1, "aria-expanded": String(open),
        "aria-label": label, "aria-controls": open ? `${uid}-record-${row}` : null,
      }, open ? "\u25be" : "\u25b8");
      const cells = columns.map(([name], column) => h("td", {
        title: texts[column], class: `ctx-${name}${name === "errorCode" && texts[column] ? " ctx-error" : ""}`,
      }, short(name, texts[column])));
      const line = h("tr", { class: open ? "ctx-row ctx-open" : "ctx-row", onclick: () => {
        if (!String(document.getSelection())) flip(row); // selecting text to copy it is no click
      } }, h("td", {}, toggle), ...cells);
      if (!open) return [line];
      const inside = h("td", { colspan: 2, id: `${uid}-record-${row}` }, recordPanel(row));
      return [line, h("tr", { class: "ctx-record" }, inside)];
    }));
    if (!rows.length) {
      const nothing = "No event matches all filters. Take one away, or press Reset.";
      body.append(h("tr", {}, h("td", { colspan: 2, class: "ctx-none" }, nothing)));
    }
    if (focused >= 0) (toggles()[focused] ?? toggles().at(-1))?.focus();
    pageNumber.textContent = `Page ${number(page + 1)} of ${number(pages)}`;
    back.disabled = first.disabled = page === 0;
    forth.disabled = last.disabled = page >= pages - 1;
    sizes.value = String(query().size);
    fit();
  }

  /** Leave out what a narrow notebook has no room for; a record spans the columns that are left. */
  function fit() {
    const narrow = root.clientWidth > 0 && root.clientWidth < 900;
    root.classList.toggle("ctx-narrow", narrow);
    for (const cell of body.querySelectorAll("[colspan]")) cell.colSpan = head.children.length - (narrow ? 1 : 0);
  }

  function flip(row) {
    const opened = model.get("opened");
    const now = opened.includes(row) ? opened.filter((other) => other !== row) : [...opened, row].slice(-20);
    if (!now.includes(row)) details.delete(row);
    model.set("opened", now);
    model.save_changes();
    drawRows();
  }

  function turn(page) {
    const { pages } = model.get("view");
    if (page >= 0 && page < pages) ask({ page });
  }

  function keysInTable(event) {
    const toggles = [...body.querySelectorAll(".ctx-toggle")];
    const current = toggles.indexOf(event.target);
    if (current < 0 || rove(toggles, current, event, "ArrowUp", "ArrowDown")) return;
    const step = { PageDown: 1, PageUp: -1 }[event.key];
    const open = event.target.getAttribute("aria-expanded") === "true";
    if (step) turn(model.get("view").page + step);
    else if ((event.key === "ArrowRight" && !open) || (event.key === "ArrowLeft" && open)) event.target.click();
    else return;
    event.preventDefault();
  }

  // ------------------------------------------------------------------ one record

  function recordPanel(row) {
    if (!details.has(row)) {
      details.set(row, h("div", { class: "ctx-panel" }, "Reading the record \u2026"));
      if (records.has(row)) fillPanel(records.get(row));
      else send({ kind: "record", row });
    }
    return details.get(row);
  }

  function fillPanel(answer) {
    const panel = details.get(answer.row);
    if (!panel) return;
    const path = h("code", { "data-path": "record" }, "record");
    const button = (text, what, told) => h("button", { type: "button", onclick: () => {
      copy(what());
      announce(`Copied ${told ?? what()}`);
    } }, text);
    const bar = h("div", { class: "ctx-bar-of-record" },
      path, button("Copy path", () => path.dataset.path),
      button("Copy code", () => `record = ${answer.code}`),
      button("Copy JSON", () => answer.json, "the record as JSON"));
    const tree = h("div", { role: "tree", "aria-label": "Record", class: "ctx-tree" });
    const select = (item) => {
      tree.querySelector("[aria-selected=true]")?.removeAttribute("aria-selected");
      tree.querySelectorAll("[role=treeitem]").forEach((other) => { other.tabIndex = -1; });
      item.setAttribute("aria-selected", "true");
      item.tabIndex = 0;
      path.dataset.path = item.dataset.path;
      path.textContent = visible(item.dataset.path);
    };
    tree.append(...branches(answer, answer.record, "record", "", 1));
    tree.firstElementChild.tabIndex = 0;
    tree.addEventListener("focusin", (event) => {
      const item = event.target.closest("[role=treeitem]");
      if (item) select(item);
    });
    tree.addEventListener("keydown", (event) => keysInTree(event, tree, answer.row));
    const problem = answer.problem ? [h("p", { role: "alert", class: "ctx-problem" }, answer.problem)] : [];
    panel.replaceChildren(...problem, bar, tree);
  }

  function branches(answer, value, path, plainPath, level) {
    const keys = Array.isArray(value) ? value.map((_, i) => i) : Object.keys(value);
    return keys.map((key) => {
      const own = typeof key === "number" ? plainPath : plainPath ? `${plainPath}.${key}` : key;
      return branch(answer, key, value[key], path + subscript(key), own, level);
    });
  }

  function branch(answer, key, value, path, plainPath, level) {
    const digits = isNumber(value) ? value[NUMBER] : null;
    const inner = value !== null && typeof value === "object" && digits === null && Object.keys(value).length > 0;
    const note = typeof key === "number" ? "" : answer.notes[plainPath];
    const pivot = !inner && typeof value === "string" && value && words.pivots[plainPath];
    const parts = [h("span", { class: "ctx-mark", "aria-hidden": "true" }), h("b", {}, String(key))];
    if (!inner) parts.push(h("span", { class: `ctx-value ctx-${digits !== null ? "number" : value === null ? "null" : typeof value}` },
      digits ?? JSON.stringify(value)));
    else parts.push(h("span", { class: "ctx-null" }, Array.isArray(value) ? `[${value.length}]` : `{${Object.keys(value).length}}`));
    if (note) parts.push(h("span", { class: "ctx-note" }, note));
    const action = (text, title, run) => h("button", { type: "button", tabindex: -1, title, onclick: run }, text);
    parts.push(h("span", { class: "ctx-actions" },
      action("copy path", `Copy ${path} (key: c)`, () => { copy(path); announce(`Copied ${path}`); }),
      ...(pivot ? [action("only these", "Show only events with this value (key: o)", () => only(pivot, value))] : [])));
    const line = h("div", { class: "ctx-line" }, ...parts);
    const item = h("div", { role: "treeitem", "aria-level": level, tabindex: -1, "data-path": path }, line);
    if (inner) {
      const group = h("div", { role: "group" });
      const set = (open) => {
        item.setAttribute("aria-expanded", String(open));
        if (open && !group.firstChild) group.append(...branches(answer, value, path, plainPath, level + 1));
        group.hidden = !open;
      };
      line.addEventListener("click", (event) => {
        if (!event.target.closest("button")) set(item.getAttribute("aria-expanded") !== "true");
      });
      item.append(group);
      set(plainPath === "userIdentity" || plainPath === "requestParameters");
    }
    return item;
  }

  function only(name, value) {
    ask({ [name]: name === "text" ? `"${value.replaceAll('"', " ")}"` : value });
    announce(`Only events with ${value}`);
  }

  function keysInTree(event, tree, row) {
    const item = event.target.closest("[role=treeitem]");
    if (!item || event.target !== item || event.ctrlKey || event.metaKey || event.altKey) return;
    const seen = [...tree.querySelectorAll("[role=treeitem]")].filter((other) => !other.closest("[role=group][hidden]"));
    if (rove(seen, seen.indexOf(item), event, "ArrowUp", "ArrowDown")) return;
    const [open, line] = [item.getAttribute("aria-expanded"), item.firstElementChild];
    if (event.key === "ArrowRight" && open === "false") line.click();
    else if (event.key === "ArrowRight" && open === "true") item.querySelector("[role=treeitem]").focus();
    else if (event.key === "ArrowLeft" && open === "true") line.click();
    else if (event.key === "ArrowLeft") item.parentElement.closest("[role=treeitem]")?.focus();
    else if (event.key === "Enter" || event.key === " ") line.click();
    else if (event.key === "c") line.querySelector(".ctx-actions button").click();
    else if (event.key === "o") line.querySelector(".ctx-actions button:nth-child(2)")?.click();
    else if (event.key === "Escape") {
      flip(row);
      body.querySelector(".ctx-toggle[tabindex='0']")?.focus();
    } else return;
    event.preventDefault();
  }

  // ------------------------------------------------------------------ the page

  const plain = (text, title, onclick) => h("button", { type: "button", title, "aria-label": title, onclick }, text);
  const reset = h("button", { type: "button", class: "ctx-reset", onclick: () => {
    ask({ ...Object.fromEntries(Object.keys(inputs).map((name) => [name, ""])), sort: "eventTime", descending: true });
  } }, "Reset");
  const summary = h("p", { class: "ctx-summary", "aria-live": "polite" });
  const message = h("p", { class: "ctx-problem", role: "alert" });
  const silence = h("p", { class: "ctx-problem", role: "alert", hidden: true },
    "No answer from the kernel: it is busy, or this is a saved view. Run the cell again to make it live.");
  const bars = h("div", { class: "ctx-bars", role: "toolbar", "aria-label": "Events over time; a bar shows only its time",
    onkeydown: (event) => rove([...bars.children], [...bars.children].indexOf(event.target), event, "ArrowLeft", "ArrowRight") });
  const caption = h("figcaption", { class: "ctx-caption" });
  const axis = h("div", { class: "ctx-axis", "aria-hidden": "true" });
  const whole = h("button", { type: "button", onclick: () => ask({ start: "", end: "" }) }, "Whole time");
  const legend = (kind, name) => h("button", { type: "button", class: "ctx-legend", onclick: () => {
    ask({ result: query().result === name ? "" : name });
  } }, h("span", { class: kind }), name);
  const legends = [legend("ctx-good", "succeeded"), legend("ctx-bad", "failed")];
  const tops = h("div", { class: "ctx-tops" });
  const rarest = h("button", { type: "button", onclick: () => ask({ rarest: !query().rarest, page: model.get("view").page }) });
  const head = h("tr");
  const body = h("tbody", { onkeydown: keysInTable });
  const pageNumber = h("span");
  const first = plain("\u00ab", "First page", () => turn(0));
  const back = plain("\u2039", "Page before", () => turn(model.get("view").page - 1));
  const forth = plain("\u203a", "Next page", () => turn(model.get("view").page + 1));
  const last = plain("\u00bb", "Last page", () => turn(model.get("view").pages - 1));
  const sizes = h("select", { "aria-label": "Rows a page", onchange: () => ask({ size: Number(sizes.value) }) },
    ...[10, 25, 50].map((n) => h("option", { value: n }, `${n} rows`)));
  const status = h("span", { role: "status", class: "ctx-status" });
  const root = h("section", { class: "ctx", "data-lm-suppress-shortcuts": "true", "aria-label": "CloudTrail events" },
    h("div", { class: "ctx-top" }, summary, reset), silence, message,
    h("div", { class: "ctx-filters", role: "search" },
      typedField("text", "Any text", { placeholder: 'words, "a phrase", !not', title: "In every column; all words must be there" }),
      timeField("start", "From (UTC)", words.first), timeField("end", "Until (UTC)", words.last),
      choice("readOnly", "Kind", [["", "any"], ["read", "reads only"], ["write", "writes only"]]),
      choice("result", "Result", [["", "any"], ["succeeded", "succeeded"], ["failed", "failed"]]),
      ...words.filters.map(valueField)),
    h("figure", { class: "ctx-figure" }, h("div", { class: "ctx-top" }, caption, ...legends, whole), bars, axis),
    h("details", { class: "ctx-counted" }, h("summary", {}, "Counts by value"), tops, rarest),
    h("div", { class: "ctx-scroll" }, h("table", {}, h("thead", {}, head), body)),
    h("div", { class: "ctx-pager" }, first, back, pageNumber, forth, last, sizes, status),
    ...(words.glossary.length ? [h("details", { class: "ctx-glossary" }, h("summary", {}, "Glossary"),
      h("dl", {}, ...words.glossary.flatMap(([term, text]) => [h("dt", {}, term), h("dd", {}, text)])))] : []));

  // JupyterLab must not take what is typed here for its shortcuts.
  for (const kind of ["keydown", "keyup", "keypress"]) root.addEventListener(kind, (event) => event.stopPropagation());
  const endDrag = () => setTimeout(() => { drag = null; paint(-1); });
  document.addEventListener("pointerup", endDrag);
  bars.addEventListener("pointerup", (event) => {
    const to = [...bars.children].indexOf(event.target.closest(".ctx-bar"));
    if (drag !== null && to >= 0 && to !== drag) zoom(drag, to); // on one bar the click does it
  });

  function draw() {
    const view = model.get("view");
    answered();
    const failed = view.failed ? `, ${number(view.failed)} failed` : "";
    const undated = view.undated ? `, ${number(view.undated)} without a time` : "";
    summary.replaceChildren(h("b", {}, number(view.matched)), ` of ${plural(view.total, "event")}${failed}${undated}`);
    message.textContent = visible(view.message);
    message.hidden = !view.message;
    whole.hidden = !query().start && !query().end;
    legends.forEach((button) => button.setAttribute("aria-pressed", String(query().result === button.textContent)));
    drawFilters();
    drawHistogram();
    drawCounted();
    drawHead();
    drawRows();
  }

  function heard(answer) {
    answered();
    if (answer.kind === "suggest") fillSuggestions(answer);
    else if (answer.kind === "record") {
      const shown = { ...answer, record: JSON.parse(answer.record) };
      records.set(answer.row, shown);
      fillPanel(shown);
    }
  }

  const watcher = new ResizeObserver(fit);
  watcher.observe(root);
  model.on("change:view", draw);
  model.on("change:query", drawFilters);
  model.on("change:opened", drawRows);
  model.on("msg:custom", heard);
  el.append(root);
  draw();
  send({ kind: "hello" });
  return () => {
    clearTimeout(waiting);
    clearTimeout(typing);
    document.removeEventListener("pointerup", endDrag);
    watcher.disconnect();
  };
}

export default { render };
