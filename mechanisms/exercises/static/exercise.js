/* Exercises and their scoreboard: marks answers, keeps progress in this browser, sends nothing.
   One plain script: loaded with `defer` in the book, imported by Jupyter as a widget. */
const exercises = (() => {
  "use strict";
  const KEY = "retuning.progress", ASIDE = "retuning.aside.", FORMAT = "retuning-results";
  const VARIANTS = 24, LARGEST = 2e6, LONGEST = 20000; // as in learner.py, results.py and the schema
  const WORDS = ("acorn amber apple aspen badger basil beech birch brook cedar cherry clover comet coral crane "
    + "daisy delta ember fennel fern finch flint garnet ginger harbor hazel heron holly iris island ivy jasmine "
    + "juniper kiwi lark laurel lemon lilac linden lotus maple meadow mint moss nutmeg oak olive onyx opal orchid "
    + "otter pear pebble plum poppy quartz raven river robin rowan saffron sage sparrow thyme tulip violet walnut "
    + "willow wren").split(" ");

  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes))
      if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
    node.append(...children);
    return node;
  };
  const own = (object, key) => (object && Object.hasOwn(object, key) ? object[key] : undefined);
  const isObject = (x) => typeof x === "object" && x !== null && !Array.isArray(x);
  const same = (a, b) => {
    if (typeof a !== "object" || typeof b !== "object" || !a || !b) return a === b;
    const keys = Object.keys(a);
    return Array.isArray(a) === Array.isArray(b) && keys.length === Object.keys(b).length
      && keys.every((k) => Object.hasOwn(b, k) && same(a[k], b[k]));
  };
  const number = (x) => String(Number(x.toFixed(2))).replace("-", "\u2212");
  const count = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
  const ordinal = (n) => ["", "first", "second", "third", "fourth", "fifth"][n] ?? `${n}th`;
  const paragraphs = (text) => text.split("\n\n").map((part) => make("p", {}, part));
  class Unreadable extends Error {}

  // Twins of Python ------------------------------------------------------------------------------
  const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
    for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n;
  });
  const crc32 = (text) => {
    let sum = ~0;
    for (const byte of new TextEncoder().encode(text)) sum = CRC[(sum ^ byte) & 255] ^ (sum >>> 8);
    return ~sum >>> 0;
  };
  const variantIndex = (code, item) => crc32(`${code}|${item}`) % VARIANTS;
  const BLANKS = /^[ \t\r\n\u00a0]+|[ \t\r\n\u00a0]+$/g;
  const learnerCode = (text) => {
    const code = text.replace(BLANKS, "").toLowerCase();
    return /^[a-z0-9][a-z0-9._-]{1,38}[a-z0-9]$/.test(code) ? code : null;
  };
  const readNumber = (text, unit = "") => {
    let plain = text.replaceAll("\u2212", "-").replace(BLANKS, "").toLowerCase();
    if (!plain) throw new Unreadable("Enter a number.");
    if (unit && plain.endsWith(unit.toLowerCase())) plain = plain.slice(0, -unit.toLowerCase().length).replace(BLANKS, "");
    if (plain.length > 100 || !/^[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[+-]?\d{1,3})?$/.test(plain))
      throw new Unreadable("Enter one number, such as 12.5, and nothing else.");
    if (/^[+-]?[1-9]\d{0,2}(?:,\d{3}|\.000)$/.test(plain))
      throw new Unreadable("Write thousands without a mark between them, such as 2000, and decimals with a point.");
    const value = Number(plain.replace(",", "."));
    if (!Number.isFinite(value)) throw new Unreadable("Enter a finite number.");
    return value;
  };

  // Marking: what is right, and which error a wrong answer betrays -------------------------------------
  const judge = {
    choice: (variant, raw) => {
      const error = variant.errors[raw.charCodeAt(0) - 65];
      return { correct: raw === variant.key, said: error ? error[1] : "" };
    },
    numeric: (variant, raw) => {
      const value = typeof raw === "number" ? raw : readNumber(raw, variant.unit);
      const error = variant.errors.find(([answer, room]) => Math.abs(value - answer) <= room);
      return { correct: Math.abs(value - variant.key) <= variant.tolerance, said: error && error[2] };
    },
  };
  const inside = (live, bounds) => Object.entries(bounds).every(([label, [low, high]]) => {
    const value = quantity(live, label);
    return low <= value && value <= high;
  });
  // A knob by its name, else a readout by its label: the number that the reader sees.
  const quantity = (live, label) => {
    if (Object.hasOwn(live.values, label)) return Number(live.values[label]);
    try { return parseFloat(live.readout(label).replace("\u2212", "-")); } catch { return NaN; }
  };

  // Progress ----------------------------------------------------------------------------------------
  const listeners = new Set();
  let held = null; // progress that could not be written
  let notice = "";
  const box = (() => {
    try {
      localStorage.getItem(KEY);
      return localStorage;
    } catch {
      notice = "This browser does not let the page keep anything. Your answers last until you leave the page.";
      const kept = new Map();
      return {
        getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text),
        removeItem: (key) => kept.delete(key), key: (i) => [...kept.keys()][i], get length() { return kept.size; },
      };
    }
  })();
  const keys = (start) => Array.from({ length: box.length }, (_, i) => box.key(i)).filter((key) => key.startsWith(start)).sort();

  const isAnswer = (raw) => (typeof raw === "string" && raw.length <= LONGEST) || Number.isFinite(raw)
    || (isObject(raw) && Object.values(raw).every((v) => ["string", "boolean"].includes(typeof v) || Number.isFinite(v)));
  const isRecord = (r) => isObject(r) && Number.isInteger(r.version) && r.version > 0 && isObject(r.numbers)
    && Number.isInteger(r.variant) && r.variant >= 0 && r.variant < VARIANTS
    && Array.isArray(r.answers) && r.answers.length > 0 && r.answers.length <= 100 && r.answers.every(isAnswer)
    && (r.points === undefined || (Number.isFinite(r.points) && r.points >= 0))
    && ["undefined", "boolean"].includes(typeof r.solved);
  const isProgress = (data) => isObject(data) && data.v === 1 && isObject(data.learners)
    && (data.learner === "" || learnerCode(String(data.learner)) === data.learner)
    && Object.entries(data.learners).every(([code, records]) => learnerCode(code) === code && isObject(records)
      && Object.values(records).every(isRecord));

  // Keep `text` under a key of its own and leave `rest` as the progress; all of it or nothing.
  const setAside = (text, rest) => {
    const before = box.getItem(KEY);
    let place = 1;
    while (box.getItem(ASIDE + place) !== null) place++;
    try {
      box.removeItem(KEY); // makes room
      box.setItem(ASIDE + place, text);
      if (rest) box.setItem(KEY, JSON.stringify(rest));
      return true;
    } catch {
      box.removeItem(ASIDE + place);
      if (before !== null) box.setItem(KEY, before);
      return false;
    }
  };
  const load = () => {
    const empty = { v: 1, learner: "", learners: {} };
    let text = null, data = empty;
    try {
      text = box.getItem(KEY);
      if (text !== null) data = JSON.parse(text);
      if (!isProgress(data)) throw new SyntaxError("not progress");
    } catch {
      data = empty;
      if (text !== null && setAside(text))
        notice = "The progress saved in this browser could not be read. It is set aside, not lost: the scoreboard lets you download it.";
      else if (text !== null) {
        notice = "The progress saved in this browser cannot be read, and there is no room to set it aside. New answers last until you leave the page.";
        held ??= data;
      }
    }
    return held ? merge(data, held) : data;
  };
  const save = (data) => {
    try {
      const old = box.getItem(KEY);
      if (held && old !== null) { // never write over what cannot be read
        try { if (!isProgress(JSON.parse(old))) return void (held = data); } catch { return void (held = data); }
      }
      box.setItem(KEY, JSON.stringify(data));
      held = null;
    } catch {
      held = data;
      notice = "There is no room left for this page's progress in this browser. New answers last until you leave the page: download your results from the scoreboard.";
    }
  };
  const announce = () => listeners.forEach((listen) => listen());
  const update = (change) => {
    const data = load();
    change(data);
    save(data);
    announce();
  };
  addEventListener("storage", (event) => { if (event.key === KEY || event.key === null) announce(); });

  let spare = "";
  const invent = () => {
    const [a, b] = crypto.getRandomValues(new Uint32Array(2));
    return `${WORDS[a % WORDS.length]}-${1000 + (b % 9000)}`;
  };
  // A code is made at first use; until it is needed again after an erasure, it is not written.
  const learnerOf = (data) => data.learner || (spare ||= invent());
  const introduce = () => {
    const data = load();
    if (data.learner) return;
    data.learner = learnerOf(data);
    save(data);
  };
  const recordsOf = (data, code) => {
    if (!Object.hasOwn(data.learners, code)) data.learners[code] = {};
    return data.learners[code];
  };

  const worth = (item, used) => (used <= item.attempts ? (item.points * (item.attempts - used + 1)) / item.attempts : 0);
  // No answer of either is lost, none counts twice, and attempts never come back.
  const mergeRecord = (mine, other, item) => {
    if (!mine || !other) return mine ?? other;
    if (mine.version !== other.version) return mine.version > other.version ? mine : other;
    if (mine.solved) return mine;
    const rest = [...mine.answers];
    const news = other.answers.filter((raw) => {
      const place = rest.findIndex((known) => same(known, raw));
      if (place >= 0) rest.splice(place, 1);
      return place < 0;
    });
    if (!news.length) return mine;
    const answers = [...mine.answers, ...news], limit = item?.attempts ?? 100;
    const solved = Boolean(other.solved) && answers.length <= limit;
    const points = !solved ? 0 : item ? worth(item, answers.length) : Math.min(other.points ?? 0, 1e6);
    return { ...mine, answers: answers.slice(0, limit), solved, points, said: other.said };
  };
  const merge = (mine, other, items = {}) => {
    const data = { ...mine, learner: other.learner || mine.learner };
    for (const [code, records] of Object.entries(other.learners)) {
      const known = recordsOf(data, code);
      for (const [id, record] of Object.entries(records)) known[id] = mergeRecord(own(known, id), record, own(items, id));
    }
    return data;
  };

  const showNotice = (section) => {
    const shown = document.querySelector(".ex-notice");
    if (shown) shown.textContent = notice;
    else if (notice) section.prepend(make("p", { class: "ex-notice", role: "status" }, notice));
  };

  // The four kinds: each returns its fields, how to read a raw answer, and how to lock it ------------
  const fields = {
    choice: (state, variant, id) => {
      const options = variant.options.map((text, i) => {
        const letter = String.fromCharCode(65 + i);
        return make("label", { class: "ex-option" },
          make("input", { type: "radio", name: id, value: letter }), make("span", { class: "ex-letter" }, letter),
          make("span", { class: "ex-text" }, text));
      });
      const set = make("fieldset", { class: "ex-fields" }, make("legend", {}, "Choose one"), ...options);
      const inputs = options.map((option) => option.querySelector("input"));
      return {
        nodes: [set], submit: "Check my answer",
        read: () => {
          const chosen = inputs.find((input) => input.checked);
          if (!chosen) throw new Unreadable("Choose one of the statements.");
          return { raw: chosen.value, ...judge.choice(variant, chosen.value) };
        },
        fill: (answers, done) => {
          options.forEach((option, i) => {
            const letter = inputs[i].value, right = done && letter === variant.key;
            const wrong = answers.includes(letter) && letter !== variant.key;
            option.dataset.mark = right ? "right" : wrong ? "wrong" : "";
            option.querySelector(".ex-mark")?.remove();
            if (right || wrong) option.append(make("span", { class: "ex-mark" }, right ? "\u2713 right" : "\u2717 not this"));
            inputs[i].checked = letter === answers.at(-1);
          });
          set.disabled = done;
        },
      };
    },
    numeric: (state, variant, id) => {
      const input = make("input", { id, type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false",
        maxlength: 200, "aria-describedby": `${id}-said` });
      const unit = variant.unit ? make("span", { class: "ex-unit", "aria-hidden": "true" }, variant.unit) : "";
      const label = make("label", { for: id }, "Your answer");
      if (variant.unit) label.append(make("span", { class: "ex-sr" }, ` in ${variant.unit}`));
      input.addEventListener("input", () => input.removeAttribute("aria-invalid"));
      return {
        nodes: [make("div", { class: "ex-fields ex-number" }, label, make("span", { class: "ex-box" }, input, unit))],
        submit: "Check my answer",
        read: () => {
          input.setAttribute("aria-invalid", "true");
          const mark = judge.numeric(variant, input.value);
          input.removeAttribute("aria-invalid");
          return { raw: input.value.replace(BLANKS, ""), ...mark };
        },
        fill: (answers, done) => {
          if (answers.length) input.value = answers.at(-1);
          input.disabled = done;
        },
      };
    },
    setting: (state, variant) => {
      const figure = () => document.getElementById(`fig-${variant.figure}`);
      const goal = make("div", { class: "ex-goal" });
      // Readouts only: a bound on a knob may be what the task asks to work out.
      const tell = () => {
        const drawn = figure()?.querySelector("script[type='application/json']");
        const shown = (drawn ? JSON.parse(drawn.textContent).readouts : []).filter((readout) => Object.hasOwn(variant.goal, readout.label));
        const list = make("ul", {}, ...shown.map(({ label, unit }) => {
          const [low, high] = variant.goal[label].map(number);
          return make("li", {}, `${label}: `, make("strong", {}, (low === high ? low : `${low} to ${high}`) + (unit ? `\u00a0${unit}` : "")));
        }));
        goal.replaceChildren(...(shown.length ? [make("p", {}, "The figure should show"), list] : []));
      };
      const go = make("button", { type: "button", class: "ex-quiet" }, "Go to the figure");
      go.addEventListener("click", () => {
        figure()?.scrollIntoView({ block: "start" });
        figure()?.querySelector(".lf-knobs :is(input, select)")?.focus({ preventScroll: true });
      });
      go.hidden = !figure();
      tell();
      return {
        nodes: [make("div", { class: "ex-fields" }, goal)],
        submit: "Check the figure", more: [go],
        read: () => {
          const live = figure()?.live;
          go.hidden = !figure();
          if (!live) throw new Unreadable("The figure of this exercise is not on the page. In Jupyter, run the cell that makes it.");
          tell();
          const error = variant.errors.find(([bounds]) => inside(live, bounds));
          return { raw: { ...live.values }, correct: inside(live, variant.goal), said: error && error[1] };
        },
        fill: () => {},
      };
    },
    code: (state, variant, id, section, host) => {
      const cell = section.closest(".cell")?.nextElementSibling;
      const below = host.check || cell?.classList.contains("tag_starter");
      const how = host.check ? "Complete the function in the cell below and run that cell. Then let it be checked here."
        : `This page cannot run Python. Open it as a notebook, with the buttons of this page that run or download it. Complete ${variant.function} there, run the cell, and press \u201cCheck my function\u201d.`;
      const nodes = below ? [] : [make("pre", { class: "ex-starter", tabindex: "0", role: "region", "aria-label": "Starter" }, make("code", {}, variant.starter))];
      return {
        nodes: [...nodes, make("p", { class: "ex-how" }, how)],
        submit: host.check && "Check my function",
        read: () => host.check(state.index),
        fill: () => {},
      };
    },
  };

  // An exercise ----------------------------------------------------------------------------------------
  const mount = (section, host = {}) => {
    if (section.dataset.ready !== undefined) return () => {};
    const state = JSON.parse(section.querySelector("script[type='application/json']").textContent);
    const id = `${section.id}-answer`;
    const task = section.querySelector(".ex-task"), head = section.querySelector(".ex-worth");
    const link = section.querySelector("a.ex-link");
    if (host.widget) link.removeAttribute("href"); // no page to go to
    const form = make("form", { class: "ex-form", novalidate: true });
    const said = make("div", { class: "ex-said", id: `${id}-said`, role: "status", tabindex: "-1" });
    const after = make("div", { class: "ex-after" });
    const line = make("div", { class: "ex-line", "aria-hidden": "true" });
    const read = section.querySelector(".ex-read");
    read.replaceChildren("Read again: ", link);
    task.after(form, said, after, line);
    let code, variant, kind, changed = "", shown;

    const record = (data) => own(own(data.learners, code), state.item);
    // The answers counted so far and what they earned; answers that the page can judge, it judges anew.
    const standing = (found) => {
      let answers = found ? found.answers.slice(0, state.attempts) : [];
      let { solved = false, points = 0, said: text } = found ?? {};
      if (found && judge[state.kind]) {
        const marks = answers.map((raw) => {
          try { return judge[state.kind](variant, raw); } catch { return { correct: false }; }
        });
        const place = marks.findIndex((mark) => mark.correct);
        solved = place >= 0;
        if (solved) answers = answers.slice(0, place + 1);
        points = solved ? worth(state, place + 1) : 0;
        text = marks.at(-1)?.said;
      } else if (found) points = solved ? Math.min(points, worth(state, answers.length)) : 0;
      return { answers, solved, points, text, done: solved || answers.length >= state.attempts };
    };

    const verdict = (look, symbol, word, ...rest) => {
      said.dataset.look = look;
      said.replaceChildren(make("span", { class: "ex-symbol", "aria-hidden": "true" }, symbol),
        make("div", {}, make("p", {}, make("strong", {}, word), " ", rest[0] ?? ""), ...rest.slice(1).map((text) => make("p", { class: "ex-left" }, text))));
    };
    const show = () => {
      const now = standing(record(load()));
      const { answers, solved, points, text, done } = now;
      const all = count(state.points, "point");
      if (solved) verdict("right", "\u2713", "Right.", `${number(points)} of ${all}, at the ${ordinal(answers.length)} attempt.`);
      else if (done) verdict("wrong", "\u2717", "Not right.", text || state.other, `That was the last attempt: 0 of ${all}. The worked solution stands below.`);
      else if (answers.length)
        verdict("wrong", "\u2717", "Not yet.", text || state.other,
          `${count(state.attempts - answers.length, "attempt")} left; a right answer now earns ${number(worth(state, answers.length + 1))} of ${all}.`);
      else if (changed) verdict("none", "!", "This exercise has changed.", changed);
      else { delete said.dataset.look; said.replaceChildren(); }
      head.textContent = solved || done ? `${number(points)} of ${all}` : `${all}, ${count(state.attempts, "attempt")}`;
      kind.fill(answers, done);
      read.hidden = solved || !answers.length;
      after.replaceChildren(...(done ? [make("details", { class: "ex-solution", open: true }, make("summary", {}, "Worked solution"), ...paragraphs(variant.solution))] : []));
      form.querySelector(".ex-buttons")?.toggleAttribute("hidden", done);
      section.dataset.state = solved ? "right" : done ? "spent" : answers.length ? "wrong" : "";
      showNotice(section);
      return now;
    };
    const build = () => {
      state.index = variantIndex(code, state.item);
      variant = state.variants[state.index];
      const given = Object.entries(variant.given).map(([label, value]) => make("div", {}, make("dt", {}, label), make("dd", {}, value)));
      task.replaceChildren(...paragraphs(variant.prompt));
      if (given.length) task.append(make("dl", { class: "ex-given" }, ...given));
      kind = fields[state.kind](state, variant, id, section, host);
      form.replaceChildren(...kind.nodes);
      if (kind.submit) form.append(make("div", { class: "ex-buttons" }, make("button", { type: "submit" }, kind.submit), ...(kind.more ?? [])));
      host.learner?.(code);
    };
    const refresh = () => {
      const data = load(), next = learnerOf(data);
      const found = own(own(data.learners, next), state.item);
      const index = variantIndex(next, state.item);
      if (next !== code) {
        code = next;
        changed = "";
        build();
      } else if (same(found, shown)) return;
      if (found && (found.version !== state.version || found.variant !== index || !same(found.numbers, variant.numbers))) {
        delete data.learners[code][state.item];
        if (setAside(JSON.stringify({ learner: code, item: state.item, record: found }), data))
          changed = "Your earlier answers belong to another edition of it. They are set aside, and you begin anew.";
      }
      shown = record(load());
      const { solved, points } = show();
      if (shown && (shown.solved !== solved || shown.points !== points)) {
        shown = { ...shown, solved, points }; // restored answers, marked here for the first time
        update((now) => (recordsOf(now, code)[state.item] = shown));
      }
    };
    const answer = ({ raw, correct, said: text }) => {
      if (!isAnswer(raw)) throw new Unreadable("This answer is too long.");
      const before = standing(record(load()));
      if (before.done) return;
      if (same(raw, before.answers.at(-1))) throw new Unreadable("This is the answer that you gave last.");
      const used = before.answers.length + 1;
      shown = { version: state.version, variant: state.index, numbers: variant.numbers, answers: [...before.answers, raw],
        points: correct ? worth(state, used) : 0, solved: correct, ...(text && !correct ? { said: text } : {}) };
      update((data) => {
        data.learner = code;
        recordsOf(data, code)[state.item] = shown;
      });
      if (show().done) said.focus({ preventScroll: true });
    };
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        let mark = kind.read();
        if (mark instanceof Promise) {
          verdict("none", "\u2026", "Checking.");
          mark = await mark;
        }
        answer(mark);
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        verdict("none", "!", "No attempt used.", error.message);
        form.querySelector("[aria-invalid]")?.focus();
      }
    });

    introduce();
    refresh();
    listeners.add(refresh);
    section.dataset.ready = "";
    return () => listeners.delete(refresh);
  };

  // The scoreboard -----------------------------------------------------------------------------------------
  const readResults = (text, items) => {
    let data;
    try { data = JSON.parse(text); } catch { throw new Unreadable("This file is not a result file: it is not JSON."); }
    if (!isObject(data) || data.format !== FORMAT) throw new Unreadable("This file is not a result file of this book.");
    if (data.version > 1) throw new Unreadable("A newer edition of the book made this file. Open it there.");
    const broken = new Unreadable("This result file is damaged. Nothing was changed.");
    if (data.version !== 1 || typeof data.learner !== "string" || learnerCode(data.learner) !== data.learner) throw broken;
    if (!Array.isArray(data.items) || data.items.length > 1000) throw broken;
    const records = {};
    for (const entry of data.items) {
      if (!isRecord(entry) || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(entry.item) || Object.hasOwn(records, entry.item)) throw broken;
      if (entry.variant !== variantIndex(data.learner, entry.item)) throw new Unreadable(`The answers in this file are not those of ${data.learner}. Nothing was changed.`);
      const { version, variant, numbers, answers, solved = false } = entry;
      const limit = own(items, entry.item)?.attempts ?? 100;
      const right = solved && answers.length <= limit;
      records[entry.item] = { version, variant, numbers, answers: answers.slice(0, limit), solved: right,
        points: !right ? 0 : own(items, entry.item) ? worth(items[entry.item], answers.length) : entry.points ?? 0 };
    }
    return { learner: data.learner, learners: { [data.learner]: records } };
  };
  const download = (name, data) => {
    const address = URL.createObjectURL(new Blob([JSON.stringify(data, null, 1)], { type: "application/json" }));
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  };

  const mountScoreboard = (section, host = {}) => {
    if (section.dataset.ready !== undefined) return () => {};
    const state = JSON.parse(section.querySelector("script[type='application/json']").textContent);
    const items = Object.fromEntries(state.items.map((item) => [item.item, item]));
    if (host.widget) for (const link of section.querySelectorAll("a")) link.removeAttribute("href");
    const cells = Object.fromEntries([...section.querySelectorAll("tr[data-item]")].map((row) => [row.dataset.item, row]));
    const input = make("input", { id: "scoreboard-code", autocomplete: "off", autocapitalize: "none", spellcheck: "false", maxlength: 60,
      "aria-describedby": "scoreboard-said" });
    const form = make("form", { class: "sb-learner", novalidate: true }, make("label", { for: input.id }, "Your learner code"),
      make("span", { class: "ex-box" }, input), make("button", { type: "submit" }, "Use this code"));
    const others = make("p", { class: "sb-others" });
    const bar = make("progress", { max: state.items.reduce((sum, item) => sum + item.points, 0), value: 0, "aria-label": "Points earned" });
    const total = make("p", { class: "sb-total" });
    const said = make("p", { class: "sb-said", id: "scoreboard-said", role: "status", tabindex: "-1" });
    const save = make("button", { type: "button" }, "Download my results");
    const file = make("input", { type: "file", class: "ex-sr", accept: ".json,application/json" });
    const restore = make("label", { class: "ex-button" }, "Restore from a file", file);
    const erase = make("button", { type: "button", class: "ex-quiet" }, "Erase everything");
    const sure = make("div", { class: "sb-sure", role: "group", "aria-label": "Erase everything?", hidden: true });
    const keep = make("button", { type: "button" }, "Keep it"), gone = make("button", { type: "button", class: "ex-grave" }, "Yes, erase everything");
    sure.append(make("p", {}, "This removes every answer of every learner code in this browser, and whatever was set aside. It cannot be undone."), make("div", { class: "ex-buttons" }, keep, gone));
    const aside = make("p", { class: "sb-aside", hidden: true });
    const asideButton = make("button", { type: "button", class: "ex-quiet" }, "Download what was set aside");
    section.querySelector(".sb-table").before(form, others, total, bar);
    section.querySelector(".sb-table").after(make("div", { class: "ex-buttons sb-tools" }, save, restore, erase), sure, said, aside);
    let erased = false;

    const words = (item, found) => {
      if (!found) return ["", "Not started"];
      if (found.version !== item.version) return ["", "Changed since you answered"];
      const used = Math.min(found.answers.length, item.attempts);
      if (found.solved) return ["right", `Solved at the ${ordinal(used)} attempt`];
      return used >= item.attempts ? ["spent", "No attempt left"] : ["wrong", `${count(item.attempts - used, "attempt")} left`];
    };
    const refresh = () => {
      const data = load(), code = erased && !data.learner ? "" : learnerOf(data), records = own(data.learners, code) ?? {};
      let points = 0, solved = 0;
      const sums = {};
      for (const item of state.items) {
        const found = own(records, item.item), valid = found && found.version === item.version;
        const earned = valid && found.solved ? Math.min(found.points ?? 0, item.points) : 0;
        const [look, text] = words(item, found), row = cells[item.item];
        row.dataset.state = look;
        row.querySelector(".sb-points").textContent = `${number(earned)} of ${item.points}`;
        row.querySelector(".sb-state").textContent = (look === "right" ? "\u2713 " : look === "spent" ? "\u2717 " : "") + text;
        sums[item.page] = (sums[item.page] ?? 0) + earned;
        points += earned;
        solved += look === "right";
      }
      for (const cell of section.querySelectorAll("[data-page-points]"))
        cell.textContent = `${number(sums[cell.dataset.pagePoints] ?? 0)} of ${cell.dataset.possible}`;
      bar.value = points;
      total.replaceChildren(make("strong", {}, `${number(points)} of ${bar.max} points`), `, ${solved} of ${count(state.items.length, "exercise")} solved`);
      if (document.activeElement !== input) input.value = code;
      const more = Object.entries(data.learners).filter(([other, kept]) => other !== code && Object.keys(kept).length).map(([other]) => other);
      others.hidden = !more.length;
      others.textContent = `This browser also keeps answers under ${more.join(", ")}.`;
      const shelved = keys(ASIDE).length;
      aside.hidden = !shelved;
      if (shelved) aside.replaceChildren(`${count(shelved, "entry").replace("entrys", "entries")} could not be used and ${shelved === 1 ? "was" : "were"} set aside. `, asideButton);
      showNotice(section);
    };
    const say = (text) => (said.textContent = text);

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const code = learnerCode(input.value);
      input.toggleAttribute("aria-invalid", !code);
      if (!code) return say("A learner code has 3 to 40 letters a to z, digits, dots, hyphens or underscores, and begins and ends with a letter or digit. Nothing was changed.");
      const before = load().learner;
      erased = false;
      update((data) => (data.learner = code));
      input.value = code;
      say(before === code ? `You work as ${code}.` : `You now work as ${code}; the exercises show the variants of this code.${before ? ` Answers given as ${before} are kept.` : ""}`);
    });
    save.addEventListener("click", () => {
      const data = load(), records = Object.entries(own(data.learners, data.learner) ?? {});
      if (!records.length) return say("There are no answers to download yet.");
      const list = records.map(([item, { version, variant, numbers, answers, points = 0, solved = false }]) => ({ item, version, variant, numbers, answers, points, solved }));
      download(`retuning-results-${data.learner}.json`, { format: FORMAT, version: 1, learner: data.learner, items: list });
      say(`Your answers to ${count(list.length, "exercise")} are in the downloaded file.`);
    });
    file.addEventListener("change", () => {
      const [chosen] = file.files, reader = new FileReader();
      if (!chosen) return;
      if (chosen.size > LARGEST) return say("This file is too large to be a result file. Nothing was changed.");
      reader.addEventListener("error", () => say("The browser could not read this file. Nothing was changed."));
      reader.addEventListener("load", () => {
        file.value = "";
        try {
          const results = readResults(reader.result, items), before = load().learner, { learner } = results;
          erased = false;
          update((data) => Object.assign(data, merge(data, results, items)));
          say(`Restored the answers of ${learner} to ${count(Object.keys(results.learners[learner]).length, "exercise")}.`
            + (before && before !== learner ? ` You now work as ${learner}; what you did as ${before} is kept.` : ""));
        } catch (error) {
          if (!(error instanceof Unreadable)) throw error;
          say(error.message);
        }
      });
      reader.readAsText(chosen);
    });
    const ask = (open) => {
      sure.hidden = !open;
      erase.hidden = open;
      (open ? keep : erase).focus();
    };
    erase.addEventListener("click", () => ask(true));
    keep.addEventListener("click", () => ask(false));
    sure.addEventListener("keydown", (event) => { if (event.key === "Escape") ask(false); });
    gone.addEventListener("click", () => {
      for (const key of [...keys(ASIDE), KEY]) box.removeItem(key);
      [held, spare, notice, erased] = [null, "", "", true];
      ask(false);
      announce();
      say("Everything is erased. The next exercise that you open makes a new learner code.");
      said.focus({ preventScroll: true });
    });
    asideButton.addEventListener("click", () =>
      download("retuning-set-aside.json", Object.fromEntries(keys(ASIDE).map((key) => [key, box.getItem(key)]))));

    introduce();
    refresh();
    listeners.add(refresh);
    section.dataset.ready = "";
    return () => listeners.delete(refresh);
  };

  const mountAny = (section, host) => (section.matches(".scoreboard") ? mountScoreboard : mount)(section, host);
  const mountAll = () => {
    for (const section of document.querySelectorAll(":is(.exercise, .scoreboard)[id]:not([data-ready])")) {
      try {
        mountAny(section);
      } catch (error) {
        console.error(`exercise ${section.id}:`, error);
      }
    }
  };

  // In Jupyter: the kernel finds the function and marks it.
  const render = ({ model, el }) => {
    el.innerHTML = model.get("_html");
    const section = el.firstElementChild, host = { widget: true };
    host.learner = (code) => { model.set("learner", code); model.save_changes(); };
    if (model.get("_runs")) host.check = (variant) => new Promise((resolve, reject) => {
      const give = setTimeout(() => reject(new Unreadable("Python has not answered within 30 seconds. Is the kernel running, and has this cell been run since it started?")), 30000);
      const hear = (message) => {
        if (message.type !== "mark") return;
        clearTimeout(give);
        model.off("msg:custom", hear);
        if (message.unreadable) reject(new Unreadable(message.said));
        else resolve(message);
      };
      model.on("msg:custom", hear);
      model.send({ type: "check", variant });
    });
    const unmount = mountAny(section, host);
    // Keys belong to the controls: JupyterLab asks the focused element itself.
    const guard = () => section.querySelectorAll("input, button, summary, pre").forEach((node) => (node.dataset.lmSuppressShortcuts = "true"));
    guard();
    new MutationObserver(guard).observe(section, { childList: true, subtree: true });
    section.addEventListener("keydown", (event) => { // JupyterLab swallows what Enter would do in a form
      if (event.key !== "Enter" || !event.target.matches("form input")) return;
      event.preventDefault();
      event.target.form.requestSubmit();
    });
    return unmount;
  };

  return { mount, mountScoreboard, mountAll, render, crc32, variantIndex, learnerCode, readNumber, merge };
})();
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", exercises.mountAll);
else exercises.mountAll();
