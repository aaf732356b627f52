"use strict";
// Everything that comes from outside is put on the page as text nodes, never as markup.
(() => {
  const started = performance.now();
  let data = JSON.parse(document.getElementById("data").textContent);
  const STATES = ["moved", "present", "manual", "failed", "excluded"];
  const CHUNK = 60;
  const PRINTED = 2000;

  const WORDS = {
    en: {
      accounts: "Accounts", summary: "Summary", speed: "Speed", work: "Work for people", sections: "What moves, and how", exceptions: "Exceptions",
      plan: "Against the plan", source: "source", moved: "moved", present: "present", manual: "manual", failed: "failed", excluded: "excluded",
      size: "size", what: "what", where: "where", which: "which", why: "why", original: "original", state: "state", all: "all accounts",
      withManual: "with work for people", withFailed: "with failures", unfinished: "unfinished", search: "name, address or folder",
      more: "show more", left: "left", none: "nothing", items: "items", incomplete: "The run is not finished for every account. Run it again.",
      unbalanced: "The sums do not add up. This is a defect: do not rely on this report.", adds: "Every item of the source has exactly one state, and every row adds up.",
      uncounted: "not counted", lacking: "Accounts that could not be counted completely. The sums leave out what they hold:",
      shown: "shown", of: "of", todo: "what to do", exchange: "on Exchange", tegu: "on TEGU", found: "found", reason: "reason", scope: "for", code: "code",
      everybody: "everybody", accept: "loss accepted", exclude: "left out", itemsPerSecond: "items per second", bytesPerSecond: "bytes per second", arrived: "arrived",
      printedOnly: "Printed: the first", narrow: "search to narrow the list and print others", whose: "whose", planned: "planned", happened: "happened",
      asPlanned: "The run did what the plan said.", planOf: "Plan of", directory: "Directory", unknownCode: "There is no instruction for this code. The reason says what happened.",
      files: "files", entity: "kind", attempts: "attempts", noSpeed: "Nothing moved in this run.", note: "note",
      unmatched: "no folder matches", meant: "did you mean",
    },
    ru: {
      accounts: "Учётные записи", summary: "Итоги", speed: "Скорость", work: "Ручная работа", sections: "Что переносится и как", exceptions: "Исключения",
      plan: "Сравнение с планом", source: "было", moved: "перенесено", present: "уже на месте", manual: "вручную", failed: "не удалось", excluded: "исключено",
      size: "объём", what: "что", where: "где", which: "который", why: "почему", original: "оригинал", state: "состояние", all: "все записи",
      withManual: "с ручной работой", withFailed: "с ошибками", unfinished: "не завершённые", search: "имя, адрес или папка",
      more: "показать ещё", left: "осталось", none: "ничего", items: "объектов", incomplete: "Перенос завершён не для всех записей. Запустите его ещё раз.",
      unbalanced: "Суммы не сходятся. Это дефект: не полагайтесь на этот отчёт.", adds: "У каждого объекта источника ровно одно состояние, все строки сходятся.",
      uncounted: "не подсчитано", lacking: "Записи, которые не удалось подсчитать полностью. Их объекты в суммы не входят:",
      shown: "показано", of: "из", todo: "что делать", exchange: "в Exchange", tegu: "в TEGU", found: "найдено", reason: "причина", scope: "для кого", code: "код",
      everybody: "для всех", accept: "потеря допущена", exclude: "оставлено", itemsPerSecond: "объектов в секунду", bytesPerSecond: "байт в секунду", arrived: "прибыло",
      printedOnly: "Напечатаны первые", narrow: "чтобы напечатать другие, сузьте список поиском", whose: "чей", planned: "по плану", happened: "на деле",
      asPlanned: "Перенос прошёл так, как сказано в плане.", planOf: "План от", directory: "Каталог", unknownCode: "Для этого кода инструкции нет; что произошло, сказано в причине.",
      files: "файлы", entity: "вид", attempts: "попыток", noSpeed: "В этом запуске ничего не перенесено.", note: "заметка",
      unmatched: "нет папки, подходящей под", meant: "может быть,",
    },
  };
  let language = (navigator.language || "en").toLowerCase().startsWith("ru") ? "ru" : "en";
  const say = (word) => WORDS[language][word];
  const both = (text) => (text ? text[language] : "");
  const number = (value) => new Intl.NumberFormat(language).format(value);
  const size = (bytes) => {
    const units = language === "ru" ? ["Б", "КиБ", "МиБ", "ГиБ", "ТиБ"] : ["B", "KiB", "MiB", "GiB", "TiB"];
    let at = 0;
    while (bytes >= 1024 && at < units.length - 1) { bytes /= 1024; at += 1; }
    return `${new Intl.NumberFormat(language, { maximumFractionDigits: at ? 1 : 0 }).format(bytes)} ${units[at]}`;
  };
  // What would turn the direction of text, or is no character at all, is shown as a mark.
  const plain = (text) => String(text).replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, "\ufffd");

  // ---- making elements
  const SVG = "http://www.w3.org/2000/svg";
  const fill = (node, attributes, children) => {
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    for (const child of children.flat(Infinity)) {
      if (child !== null && child !== undefined && child !== "") {
        node.append(child instanceof Node ? child : document.createTextNode(plain(child)));
      }
    }
    return node;
  };
  const el = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);
  const svg = (name, attributes = {}, ...children) => fill(document.createElementNS(SVG, name), attributes, children);
  const bar = (counts) => {
    const total = counts[0];
    const bar = el("span", { class: "bar", "aria-hidden": "true" });
    STATES.forEach((state, at) => {
      if (total && counts[at + 1]) {
        const part = el("i", { class: state });
        part.style.flex = String(counts[at + 1]);
        bar.append(part);
      }
    });
    return bar;
  };
  const table = (kind, heads, rows) => {
    const body = rows.map((cells) => el("tr", {}, cells.map((cell, at) => {
      const td = cell instanceof Node && cell.tagName === "TD" ? cell : el("td", {}, cell);
      td.dataset.label = heads[at];
      if (cell === "0") td.className = "zero";
      return td;
    })));
    return el("div", { class: "wide" }, el("table", { class: `${kind} stack` },
      el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, body)));
  };
  // A row is made when it is opened.
  const opens = (head, make, attributes = {}) => {
    const details = el("details", attributes, el("summary", {}, head));
    details.addEventListener("toggle", () => {
      if (details.open && details.childElementCount === 1) details.append(el("div", { class: "inside" }, make()));
    });
    return details;
  };
  const grow = (list, rows, render) => {
    let shown = 0;
    const more = el("button", { type: "button", class: "more" });
    const next = (count) => {
      list.append(...rows.slice(shown, shown + count).map(render));
      shown = Math.min(shown + count, rows.length);
      more.textContent = `${say("more")} (${say("left")}: ${number(rows.length - shown)})`;
      more.hidden = shown >= rows.length;
      if (more.hidden) watcher.disconnect();
    };
    const watcher = new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting)) next(CHUNK); }, { rootMargin: "600px" });
    more.addEventListener("click", () => next(CHUNK));
    next(CHUNK);
    if (!more.hidden) watcher.observe(more);
    list.printAll = () => {
      if (shown < Math.min(rows.length, PRINTED)) next(PRINTED - shown);
      return rows.length > PRINTED ? `${say("printedOnly")} ${number(PRINTED)} ${say("of")} ${number(rows.length)}; ${say("narrow")}.` : "";
    };
    return more;
  };

  // ---- what the data say
  const entityTitle = (at) => both(data.titles[at]) || data.names[at];
  // Kind, name, counts, octets, codes of each of an account's folders; read when they are wanted.
  const foldersOf = (at) => JSON.parse(data.accounts[at][3]);
  let totals = [];
  const workOf = new Map();
  let haystack = null;
  const prepare = () => {
    totals = data.entities.reduce((sum, row) => sum.map((value, at) => value + row[1][at]), [0, 0, 0, 0, 0, 0]);
    workOf.clear();
    data.work.forEach((row, at) => {
      const mine = workOf.get(row[1]);
      if (mine) mine.push(at); else workOf.set(row[1], [at]);
    });
    haystack = null;
  };
  prepare();
  const searchable = () => {
    haystack ??= data.accounts.map((account, at) =>
      `${account[0]}\n${account[1]}\n${foldersOf(at).map((row) => data.places[row[1]]).join("\n")}`.toLowerCase());
    return haystack;
  };

  // ---- parts of the page
  const reasons = (findings) => findings.map(([code, message]) => el("div", {}, el("code", {}, code), ` ${plain(message)}`));
  const link = (path) => {
    if (!path) return "";
    const href = `./${path.split("/").map(encodeURIComponent).join("/")}`;
    return el("a", { href, class: "name" }, path);
  };
  const workRow = (at) => {
    const [entity, account, container, label, state, findings, original, item] = data.work[at];
    return el("tr", {}, [
      [say("what"), `${entityTitle(entity)}, ${say(STATES[state])}`], [say("whose"), account], [say("where"), container],
      [say("which"), label || item], [say("why"), reasons(findings)], [say("original"), link(original)],
    ].map(([label, cell]) => el("td", { class: "name", "data-label": label }, cell)));
  };
  const workTable = (rows) => {
    const heads = ["what", "whose", "where", "which", "why", "original"].map(say);
    const body = el("tbody", { class: "growing" });
    return [el("div", { class: "wide" }, el("table", { class: "words stack" },
      el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))), body)), grow(body, rows, workRow)];
  };
  const countHeads = () => ["what", "source", ...STATES, "size"].map(say);
  const countCells = (counts, bytes) => [...counts.map((value) => (value ? number(value) : "0")), size(bytes)];

  const summary = () => {
    const part = el("section", { id: "summary" }, el("h2", {}, say("summary")));
    // What is still at work adds up at its end.
    if (data.live) part.append(el("p", { class: "note", id: "live", "aria-live": "polite" }, data.live));
    else if (!data.balances) part.append(el("p", { class: "note bad", role: "alert" }, say("unbalanced")));
    if (data.uncounted && !data.live) part.append(el("p", { class: "note bad", role: "alert" }, `${say("lacking")} ${number(data.uncounted)}`));
    if (!data.complete && !data.live) part.append(el("p", { class: "note" }, say("incomplete")));
    part.append(el("ul", { class: "tiles" }, STATES.map((state, at) => el("li", { class: state }, el("b", {}, number(totals[at + 1])), say(state)))));
    if (data.balances && !data.uncounted && !data.live) part.append(el("p", { class: "soft" }, say("adds")));
    part.append(chart());
    part.append(table("", countHeads(), data.entities.map(([entity, counts, bytes, uncounted]) => {
      const [source, ...rest] = countCells(counts, bytes);
      return [entityTitle(entity), uncounted ? `≥ ${source}` : source, ...rest];
    })));
    return part;
  };
  const chart = () => {
    const rows = data.entities.filter((row) => row[1][0]);
    const picture = svg("svg", { viewBox: `0 0 800 ${rows.length * 34 + 12}`, role: "img", "aria-label": say("summary") });
    rows.forEach(([entity, counts], at) => {
      const y = at * 34 + 10;
      picture.append(svg("text", { x: 10, y: y + 16 }, entityTitle(entity)));
      let x = 190;
      STATES.forEach((state, index) => {
        const width = (counts[index + 1] / counts[0]) * 590;
        if (width > 0) {
          picture.append(svg("rect", { class: state, x, y, width, height: 24 }, svg("title", {}, `${say(state)}: ${number(counts[index + 1])}`)));
          x += width;
        }
      });
    });
    return picture;
  };
  const speed = () => {
    const { step, items, bytes } = data.speed;
    const part = el("section", { id: "speed" }, el("h2", {}, say("speed")));
    if (!items.some((value) => value)) { part.append(el("p", { class: "soft" }, say("noSpeed"))); return part; }
    for (const [values, word, show] of [[items, "itemsPerSecond", number], [bytes, "bytesPerSecond", size]]) {
      const most = Math.max(...values, 1) / step;
      const picture = svg("svg", { viewBox: "0 0 800 170", role: "img", "aria-label": `${say("speed")}: ${say(word)}` });
      for (const share of [0, 0.5, 1]) {
        const y = 140 - share * 115;
        picture.append(svg("line", { class: "grid", x1: 90, x2: 790, y1: y, y2: y }), svg("text", { x: 84, y: y + 4, "text-anchor": "end" }, show(Math.round(most * share))));
      }
      const width = 700 / values.length;
      values.forEach((value, at) => {
        const height = (value / step / most) * 115;
        picture.append(svg("rect", { class: "speed", x: 90 + at * width, y: 140 - height, width: Math.max(width - 1, 0.5), height },
          svg("title", {}, `${clock(at * step)}: ${show(Math.round(value / step))}`)));
      });
      picture.append(svg("text", { x: 90, y: 160 }, "0:00:00"), svg("text", { x: 790, y: 160, "text-anchor": "end" }, clock(values.length * step)));
      part.append(el("h3", {}, say(word)), picture);
    }
    return part;
  };
  const clock = (seconds) => [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((part, at) => (at ? String(part).padStart(2, "0") : part)).join(":");

  const work = () => {
    const part = el("section", { id: "work" }, el("h2", {}, `${say("work")}: ${number(data.work.length)}`));
    const groups = new Map();
    data.work.forEach((row, at) => {
      const code = row[5].length ? row[5][0][0] : "";
      const group = groups.get(code);
      if (group) group.push(at); else groups.set(code, [at]);
    });
    if (!groups.size) part.append(el("p", { class: "soft" }, say("none")));
    for (const [code, rows] of [...groups].sort((a, b) => b[1].length - a[1].length)) {
      const first = data.work[rows[0]][5];
      const head = [el("code", {}, code), el("span", { class: "badge manual" }, `${say("items")}: ${number(rows.length)}`),
        el("span", { class: "soft brief" }, first.length ? first[0][1] : "")];
      part.append(opens(head, () => [el("p", { class: "todo" }, both(data.advice[code]) || say("unknownCode")), workTable(rows)], { "data-code": plain(code) }));
    }
    return part;
  };

  const folder = (account, [entity, place, counts, bytes, codes]) => {
    const name = data.places[place];
    const mine = (workOf.get(account) || []).filter((at) => data.work[at][0] === entity && data.work[at][2] === name);
    const files = data.documents.filter((row) => row[1] === account && row[0] === entity && row[2] === name);
    const noted = codes.map(([code, count]) => `${data.codes[code]}: ${number(count)}`).join(", ");
    const head = [el("span", { class: "name" }, `${entityTitle(entity)}: ${plain(name)}`), el("span", { class: "soft" }, `${number(counts[1] + counts[2])} ${say("of")} ${number(counts[0])}, ${size(bytes)}`), bar(counts)];
    return opens(head, () => [
      table("", ["source", ...STATES, "size"].map(say), [countCells(counts, bytes)]),
      noted && el("p", {}, el("span", { class: "soft" }, `${say("note")}: `), noted),
      files.length ? table("words", [say("files"), say("items")], files.map((row) => [row[3], number(row[4])])) : "",
      mine.length ? workTable(mine) : "",
    ]);
  };
  const accountRow = (at) => {
    const [mail, name, counts, , problems, uncounted] = data.accounts[at];
    const head = [el("strong", { class: "name" }, name), el("span", { class: "soft name" }, mail),
      el("span", {}, `${number(counts[1] + counts[2])} ${say("of")} ${number(counts[0])}`),
      counts[3] ? el("span", { class: "badge manual" }, `${say("manual")}: ${number(counts[3])}`) : "",
      counts[4] || problems.length ? el("span", { class: "badge failed" }, `${say("failed")}: ${number(counts[4])}`) : "",
      uncounted.length ? el("span", { class: "badge failed" }, `${say("uncounted")}: ${uncounted.map(entityTitle).join(", ")}`) : "", bar(counts)];
    return opens(head, () => [problems.map(([entity, error]) => el("p", { class: "note bad" }, `${entityTitle(entity)}: ${plain(error)}`)),
      foldersOf(at).map((row) => folder(mail, row))], { "data-account": plain(mail) });
  };
  const accounts = () => {
    const search = el("input", { type: "search", placeholder: say("search"), "aria-label": say("search") });
    const filter = el("select", { "aria-label": say("state") }, ["all", "withManual", "withFailed", "unfinished"].map((word) => el("option", { value: word }, say(word))));
    const count = el("p", { class: "soft", "aria-live": "polite" });
    const list = el("div", { class: "growing" });
    const rest = el("div");
    const refresh = () => {
      const wanted = search.value.trim().toLowerCase();
      const fits = {
        all: () => true, withManual: (at) => data.accounts[at][2][3] > 0, withFailed: (at) => data.accounts[at][2][4] > 0, unfinished: (at) => data.accounts[at][4].length + data.accounts[at][5].length > 0,
      }[filter.value];
      const rows = [];
      for (let at = 0; at < data.accounts.length; at += 1) {
        if (fits(at) && (!wanted || searchable()[at].includes(wanted))) rows.push(at);
      }
      list.replaceChildren();
      rest.replaceChildren(grow(list, rows, accountRow));
      count.textContent = `${say("shown")}: ${number(rows.length)} ${say("of")} ${number(data.accounts.length)}`;
    };
    let waiting = 0;
    search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(refresh, 120); });
    filter.addEventListener("change", refresh);
    refresh();
    return el("section", { id: "accounts" }, el("h2", {}, `${say("accounts")}: ${number(data.accounts.length)}`), el("div", { class: "tools" }, search, filter), count, list, rest);
  };

  const sections = () => el("section", { id: "sections" }, el("h2", {}, say("sections")), data.sections.map((row) => opens(
    [el("strong", {}, both(row.title)), el("span", { class: "badge" }, both(row.how)), row.facts.length ? el("span", { class: "soft" }, `${say("found")}: ${number(row.facts.length)}`) : ""],
    () => {
      const facts = el("ul", { class: "growing" });
      return [el("dl", {}, ["exchange", "tegu", "why"].map((word) => [el("dt", {}, say(word)), el("dd", {}, both(row[word]))])),
        el("h3", {}, say("todo")), el("p", { class: "todo" }, both(row.todo)), facts,
        grow(facts, row.facts, ([who, relation, whom]) => el("li", { class: "name" }, `${plain(who)} ${both(data.relations[relation])} ${plain(whom)}`))];
    }, { "data-entity": row.entity })));

  const unmatched = (row) => (row.unmatched || []).map((one) =>
    `${say("unmatched")} ${plain(one.pattern)}${one.nearest ? `: ${say("meant")} ${plain(one.nearest)}?` : ""}`);
  const exceptions = () => el("section", { id: "exceptions" }, el("h2", {}, `${say("exceptions")}: ${number(data.exceptions.length)}`),
    data.exceptions.length ? table("words", ["what", "code", "scope", "reason", "items"].map(say),
      data.exceptions.map((row) => [say(row.kind), el("code", {}, row.code), row.scope || say("everybody"),
        [row.reason, ...unmatched(row)].filter((part) => part).join("; "), number(row.items)]))
      : el("p", { class: "soft" }, say("none")));

  const plan = () => {
    if (!data.plan) return "";
    const rows = data.plan.deviations;
    return el("section", { id: "plan" }, el("h2", {}, say("plan")), el("p", {}, `${say("planOf")} ${plain(data.plan.made)}`),
      rows.length ? table("words", ["code", "whose", "where", "planned", "happened", "why"].map(say),
        rows.slice(0, PRINTED).map((row) => [el("code", {}, row.code), row.account, row.container, number(row.planned), number(row.happened), row.message]))
        : el("p", {}, say("asPlanned")));
  };

  const draw = () => {
    document.documentElement.lang = language;
    const parts = [summary(), speed(), work(), accounts(), sections(), exceptions(), plan()].filter((part) => part);
    const nav = el("nav", {}, parts.map((part) => el("a", { href: `#${part.id}` }, part.querySelector("h2").textContent)));
    const choose = el("div", { class: "tools switch" }, ["en", "ru"].map((code) => {
      const button = el("button", { type: "button", "aria-pressed": String(code === language), lang: code }, code === "en" ? "English" : "Русский");
      button.addEventListener("click", () => { language = code; draw(); });
      return button;
    }));
    document.getElementById("tools").replaceChildren(choose, nav);
    document.getElementById("content").replaceChildren(...parts);
  };
  draw();

  // A page of a run that is at work: what somebody reads or searches stays as it is, the sums move.
  const follow = async () => {
    try {
      const answer = await fetch("data.json", { cache: "no-store" });
      data = await answer.json();
      prepare();
      document.getElementById("summary").replaceWith(summary());
      const list = document.getElementById("accounts");
      if (!list.contains(document.activeElement) && !list.querySelector("details[open], input:not(:placeholder-shown)")) list.replaceWith(accounts());
    } catch {
      document.getElementById("live")?.classList.add("bad");
      return;
    }
    setTimeout(follow, 1000);
  };
  if (data.live) setTimeout(follow, 1000);

  window.addEventListener("beforeprint", () => {
    for (const list of document.querySelectorAll(".growing")) {
      const note = list.printAll ? list.printAll() : "";
      if (note) list.after(el("p", { class: "note" }, note));
    }
  });
  document.documentElement.dataset.ready = String(Math.round(performance.now() - started));
})();
