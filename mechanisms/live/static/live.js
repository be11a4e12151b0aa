/* Live figures: evaluates the coefficients that Python stored and moves the SVG.
   One plain script: loaded with `defer` in the book, imported by Jupyter as a widget. */
const liveFigures = (() => {
  "use strict";
  const NARROW = 520; // px, as in live.css
  const POINTS = { M: 1, L: 1, Q: 2, C: 3, Z: 1 };

  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes))
      if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
    node.append(...children);
    return node;
  };
  const round = (x) => Math.round(x * 100) / 100;
  const fixed = (x, digits) => {
    const text = x.toFixed(digits);
    return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "\u2212");
  };
  const withUnit = (text, unit) => (unit ? `${text}\u00a0${unit}` : text);
  const TERMS = 33; // as FINEST + 1 in chebyshev.py
  const chebyshev = (x) => {
    const angle = Math.acos(Math.min(1, Math.max(-1, x)));
    return Float64Array.from({ length: TERMS }, (_, k) => Math.cos(k * angle));
  };

  // A block: quantised, delta-coded coefficients; see encode.py for the twin.
  const decode = (raw) => {
    const size = raw.n * raw.m;
    raw.terms = raw.d.map((columns) => {
      const term = new Float64Array(size);
      columns.forEach((deltas, c) => {
        let sum = 0;
        if (deltas) deltas.forEach((d, i) => (term[c * raw.n + i] = (sum += d) * raw.q));
      });
      return term;
    });
    raw.out = new Float64Array(size);
  };

  // Contract all axes but the one that moves once; then one short sum for each frame of a drag.
  const evaluate = (raw, positions, axis) => {
    if (!raw.terms) decode(raw);
    const key = axis + ":" + positions.filter((_, j) => j !== axis).join();
    if (raw.key !== key) {
      raw.key = key;
      raw.partial = new Map();
      const bases = positions.map((x) => chebyshev(x));
      raw.k.forEach((index, t) => {
        const k = index[axis] ?? 0;
        if (!raw.partial.has(k)) raw.partial.set(k, new Float64Array(raw.out.length));
        const sum = raw.partial.get(k), term = raw.terms[t];
        const weight = index.reduce((w, i, j) => (j === axis ? w : w * bases[j][i]), 1);
        for (let i = 0; i < sum.length; i++) sum[i] += weight * term[i];
      });
    }
    const basis = chebyshev(positions[axis] ?? 0), out = raw.out;
    out.fill(0);
    for (const [k, sum] of raw.partial) {
      const weight = positions.length ? basis[k] : 1;
      for (let i = 0; i < out.length; i++) out[i] += weight * sum[i];
    }
    return out;
  };

  const pathData = (runs, xy) => {
    const n = xy.length / 2;
    let i = 0, data = "";
    for (const [, letter, count] of runs.matchAll(/([A-Z])(\d+)/g)) {
      for (const end = i + Number(count); i < end; i += POINTS[letter]) {
        data += letter;
        if (letter === "Z") continue;
        for (let p = i; p < i + POINTS[letter]; p++) data += round(xy[p]) + " " + round(xy[n + p]) + " ";
      }
    }
    return data;
  };
  const markersData = (shape, xy) => {
    const n = xy.length / 2;
    let data = "";
    for (let i = 0; i < n; i++)
      data += shape.replace(/(-?[\d.e-]+) (-?[\d.e-]+)/g, (_, a, b) => round(+a + xy[i]) + " " + round(+b + xy[n + i]));
    return data;
  };

  // Controls ------------------------------------------------------------------------------------
  const position = (knob, value) => {
    const share = knob.log ? Math.log(value / knob.min) / Math.log(knob.max / knob.min)
      : (value - knob.min) / (knob.max - knob.min);
    return 2 * (knob.root ? Math.sqrt(share) : share) - 1;
  };
  const shown = (knob, value) =>
    knob.kind === "knob" ? withUnit(knob.log ? String(Number(value.toPrecision(3))) : fixed(value, knob.digits), knob.unit)
    : knob.kind === "steps" ? withUnit(String(knob.states[value]), knob.unit)
    : knob.kind === "choice" ? knob.texts[value] : value ? "on" : "off";

  const control = (knob, id, change) => {
    const label = make("label", { for: id }, knob.label);
    const wrap = make("div", { class: `lf-knob lf-${knob.kind}` });
    if (knob.kind === "choice") {
      const select = make("select", { id });
      knob.texts.forEach((text, i) => select.append(make("option", { value: i }, text)));
      select.addEventListener("change", () => change(Number(select.value)));
      wrap.append(label, select);
      return { wrap, show: (i) => (select.value = i) };
    }
    if (knob.kind === "toggle") {
      const box = make("input", { id, type: "checkbox" });
      box.addEventListener("change", () => change(Number(box.checked)));
      wrap.append(box, label);
      return { wrap, show: (i) => (box.checked = Boolean(i)) };
    }
    const ratio = knob.log && Math.log(knob.max / knob.min);
    const slider = make("input", {
      id, type: "range",
      min: knob.kind === "steps" || knob.log ? 0 : knob.min,
      max: knob.kind === "steps" ? knob.states.length - 1 : knob.log ? 120 : knob.max,
      step: knob.kind === "steps" || knob.log ? 1 : knob.step,
    });
    const value = make("span", { class: "lf-value", "aria-hidden": "true" });
    slider.addEventListener("input", () => {
      const raw = Number(slider.value);
      change(knob.log ? Math.min(knob.max, knob.min * Math.exp((ratio * raw) / 120)) : raw);
    });
    wrap.append(label, value, slider);
    return {
      wrap,
      show: (v) => {
        const raw = knob.log ? (Math.log(v / knob.min) / ratio) * 120 : v;
        if (Math.abs(Number(slider.value) - raw) > (knob.log ? 0.5 : 1e-9)) slider.value = raw;
        value.textContent = shown(knob, v);
        slider.setAttribute("aria-valuetext", value.textContent);
      },
    };
  };

  const question = (guess, state, model) => {
    const number = state.readouts.find((r) => r.label === guess.readout);
    const id = `fig-${state.name}--guess`;
    const form = make("form", { class: "lf-guess" });
    const field = make("fieldset", {}, make("legend", {}, guess.question));
    if (number) {
      field.append(make("label", { for: id }, `Your guess${number.unit ? ` (${number.unit})` : ""}`),
        make("input", { id, name: "guess", type: "number", step: "any", required: true }));
    } else {
      guess.options.forEach((option, i) => field.append(make("label", {},
        make("input", { type: "radio", name: "guess", value: option, required: i === 0 }), option)));
    }
    const skip = make("button", { type: "button", class: "lf-quiet" }, "Skip");
    form.append(field, make("div", { class: "lf-buttons" }, make("button", { type: "submit" }, "Compare with the model"), skip));
    const settle = (text) => {
      const result = make("p", { class: "lf-guess lf-guessed", tabindex: "-1" }, make("strong", {}, guess.question), " ", text);
      form.replaceWith(result);
      result.focus({ preventScroll: true });
    };
    skip.addEventListener("click", () => settle(""));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const answer = form.elements.guess.value;
      model.set(guess.at);
      settle(number
        ? `You guessed ${withUnit(answer, number.unit)}; the model gives ${model.readout(guess.readout)}.`
        : `You guessed: ${answer}. Now compare with the figure.`);
    });
    return form;
  };

  // Table of values -------------------------------------------------------------------------------
  const toData = ([p0, p1, d0, d1, log], p) => {
    const share = (p - p0) / (p1 - p0);
    return log ? d0 * (d1 / d0) ** share : d0 + (d1 - d0) * share;
  };
  // A drawing is exact to about a thousandth of its axis; more digits would be noise.
  const readable = ([, , d0, d1, log], x) => {
    if (typeof x === "string") return x;
    const unit = log ? Math.abs(x) / 100 : Math.abs(d1 - d0) / 1000;
    return unit ? fixed(x, Math.max(0, Math.min(6, -Math.floor(Math.log10(unit))))) : "0";
  };
  const rowsOf = (entry, points) => {
    if (entry.data) return entry.data;
    if (entry.bars) {
      const scale = entry.flat ? entry.axes.x : entry.axes.y;
      return entry.bars.map(({ name, key, value }) => {
        const xy = key && points(key).xy, at = (corner) => xy[entry.flat ? corner : corner + xy.length / 2];
        const length = xy && (scale[4] ? toData(scale, at(2)) : toData(scale, at(2)) - toData(scale, at(0)));
        return [name, key ? (xy ? length : "") : value];
      });
    }
    const { xy, curved } = points(entry.key);
    if (!xy || curved) return [];
    const n = xy.length / 2, count = Math.min(n, 9);
    return Array.from({ length: count }, (_, i) => (count > 1 ? Math.round((i * (n - 1)) / (count - 1)) : 0))
      .map((i) => [toData(entry.axes.x, xy[i]), toData(entry.axes.y, xy[n + i])]);
  };
  const tables = (state, points) => state.series.map((entry) => {
    const cells = (values, tag, scope) => make("tr", {}, ...values.map((v) => make(tag, { scope }, v)));
    const { x, y } = entry.axes, data = rowsOf(entry, points);
    const scales = entry.bars ? [x, entry.flat ? x : y] : [x, y];
    return data.length ? make("table", {}, make("caption", {}, entry.label),
      make("thead", {}, cells([entry.x || "x", entry.y || "y"], "th", "col")),
      make("tbody", {}, ...data.map((pair) => cells(pair.map((v, i) => readable(scales[i], v)), "td")))) : "";
  });
  const sheet = (node, cells) => {
    const row = (values, tag) => make("tr", {}, ...values.map((v) => make(tag, { scope: tag === "th" && "col" }, v)));
    node.querySelector("thead").replaceChildren(row(cells[0], "th"));
    node.querySelector("tbody").replaceChildren(...cells.slice(1).map((values) => row(values, "td")));
  };
  const copyButton = (node) => {
    const button = make("button", { type: "button", class: "lf-quiet lf-copy" }, "Copy the table");
    button.addEventListener("click", async () => {
      const range = document.createRange();
      range.selectNodeContents(node.querySelector("table"));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      const text = [...node.querySelectorAll("tr")].map((tr) => [...tr.cells].map((c) => c.textContent).join("\t")).join("\n");
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Selected: press Ctrl+C"; // no clipboard without permission
      }
      setTimeout(() => (button.textContent = "Copy the table"), 2500);
    });
    return button;
  };

  // A figure ----------------------------------------------------------------------------------------
  const mount = (figure, { change = () => {}, values: initial } = {}) => {
    if (figure.dataset.ready !== undefined) return figure.live;
    const state = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
    const { name, knobs, pool } = state;
    const smooth = knobs.filter((k) => k.kind === "knob"), discrete = knobs.filter((k) => k.kind !== "knob");
    const layouts = state.layouts.map((layout) => ({
      moving: layout.moving.map((m) => ({ ...m, node: figure.querySelector(`#${m.id}`) })),
    }));
    const drawing = figure.querySelector(".lf-drawing");
    const plain = [...figure.querySelectorAll(".lf-readouts output")], sheets = [...figure.querySelectorAll(".lf-sheet")];
    const outputs = state.readouts.map((r) => (r.table ? sheets : plain).shift());
    const status = make("p", { class: "lf-sr", role: "status" });
    const now = Object.fromEntries(knobs.map((k) => [k.key, k.default]));
    let visible = 0, axis = 0, combination = 0, frame = 0, timer = 0, touched = false;

    const pick = (parts) => (Array.isArray(parts) ? parts[combination] : parts);
    const draw = (layout) => {
      const positions = smooth.map((k) => position(k, now[k.key]));
      for (const m of layouts[layout].moving) {
        const part = m.parts[combination];
        if (part < 0) { m.node.setAttribute("display", "none"); continue; }
        m.node.removeAttribute("display");
        if (m.attributes && m.at !== combination)
          for (const [key, value] of Object.entries(m.attributes[combination])) m.node.setAttribute(key, value);
        if (Array.isArray(m.text)) m.node.textContent = m.text[combination];
        m.at = combination;
        const xy = evaluate(pool[part], positions, axis);
        if (m.kind === "path") m.node.setAttribute("d", pathData(pick(m.runs), xy));
        else if (m.kind === "markers") m.node.setAttribute("d", markersData(pick(m.shape), xy));
        else {
          const x = round(xy[0]), y = round(xy[1]);
          m.node.setAttribute("x", x);
          m.node.setAttribute("y", y);
          if (m.rotate) m.node.setAttribute("transform", `rotate(${m.rotate} ${x} ${y})`);
        }
      }
      state.readouts.forEach((r, i) => {
        const part = r.parts[combination];
        if (r.table) {
          if (r.at !== combination) sheet(outputs[i], part);
          r.at = combination;
          return;
        }
        outputs[i].textContent = typeof part === "string" ? part : withUnit(fixed(evaluate(pool[part], positions, axis)[0], r.digits), r.unit);
      });
    };
    const points = (key) => {
      const m = layouts[0].moving.find((entry) => entry.key === key);
      const part = m ? m.parts[combination] : -1;
      if (part < 0) return {};
      const xy = evaluate(pool[part], smooth.map((k) => position(k, now[k.key])), axis);
      return { xy, curved: m.kind === "path" && /[CQ]/.test(pick(m.runs)) };
    };

    const details = make("details", { class: "lf-table" }, make("summary", {}, "Table of values"));
    const link = make("a", { class: "lf-link" }, "Link to these values");
    const reset = make("button", { type: "button", class: "lf-quiet" }, "Reset");
    const listed = make("div", { class: "lf-tables", role: "region", tabindex: "0",
      "aria-label": `Values of the figure ${name.replaceAll("-", " ")}` });
    details.append(listed);
    const fillTable = () => details.open && listed.replaceChildren(...tables(state, points));
    const external = () => Object.fromEntries(knobs.map((k) => [k.key, k.kind === "knob" ? now[k.key] : k.states[now[k.key]]]));
    const label = () => {
      const query = knobs.map((k) => `${name}.${k.key}=${encodeURIComponent(external()[k.key])}`).join("&");
      link.href = `?${query}#fig-${name}`;
    };
    const settle = () => {
      touched = true;
      draw(visible);
      fillTable();
      label();
      clearTimeout(timer);
      timer = setTimeout(() => {
        status.textContent = state.readouts.map((r, i) => r.table ? `${r.label} changed` : `${r.label}: ${outputs[i].textContent}`).join("; ");
      }, 600);
    };
    const show = () => {
      combination = discrete.reduce((index, k) => index * k.states.length + now[k.key], 0);
      knobs.forEach((k, i) => controls[i].show(now[k.key]));
    };
    // One frame draws all that has happened since the last.
    const moved = () => {
      show();
      if (!frame) frame = requestAnimationFrame(() => { frame = 0; settle(); });
      change(external());
    };
    const controls = knobs.map((knob) => control(knob, `fig-${name}--${knob.key}`, (value) => {
      if (knob.kind === "knob") axis = smooth.indexOf(knob);
      now[knob.key] = value;
      moved();
    }));
    const accept = (values) => {
      let changed = false;
      for (const knob of knobs) {
        if (!(knob.key in values)) continue;
        let value = values[knob.key];
        if (knob.kind === "knob") value = value === "" ? NaN : Math.min(knob.max, Math.max(knob.min, Number(value)));
        else value = knob.states.findIndex((s) => String(s) === String(value).replace(/^[TF]/, (c) => c.toLowerCase()) || s === value);
        if (Number.isNaN(value) || value < 0 && knob.kind !== "knob" || value === now[knob.key]) continue;
        now[knob.key] = value;
        changed = true;
      }
      return changed;
    };
    const live = {
      get values() { return external(); },
      set: (values) => { if (accept(values)) { show(); settle(); change(external()); } },
      readout: (label) => outputs[state.readouts.findIndex((r) => r.label === label)].textContent,
      redraw: () => draw(visible),
    };
    reset.addEventListener("click", () => {
      knobs.forEach((k) => (now[k.key] = k.default));
      moved();
    });
    details.addEventListener("toggle", fillTable);

    const parameters = new URLSearchParams(location.search);
    const linked = {};
    for (const [key, value] of parameters) if (key.startsWith(name + ".")) linked[key.slice(name.length + 1)] = value;
    touched = [linked, initial ?? {}].map(accept).some(Boolean);

    if (state.guess) figure.querySelector(".lf-question").replaceWith(question(state.guess, state, live));
    const panel = make("div", { class: "lf-knobs" }, ...controls.map((c) => c.wrap));
    drawing.after(panel);
    const tools = make("div", { class: "lf-tools" }, reset, link);
    state.readouts.forEach((r, i) => r.table && outputs[i].after(copyButton(outputs[i])));
    (figure.querySelector(".lf-readouts") ?? panel).after(tools);
    if (state.series.length) tools.after(details);
    figure.append(status);
    show();
    label();
    if (touched) { draw(0); draw(1); } // else the page already shows the default state
    new ResizeObserver(([entry]) => {
      const next = entry.contentRect.width < NARROW ? 1 : 0;
      if (next === visible) return;
      visible = next;
      if (touched) draw(visible);
    }).observe(drawing);
    const beforePrint = () => { draw(0); draw(1); };
    addEventListener("beforeprint", beforePrint);
    live.unmount = () => removeEventListener("beforeprint", beforePrint);
    figure.live = live;
    figure.dataset.ready = "";
    return live;
  };

  const mountAll = () => {
    for (const figure of document.querySelectorAll("figure.live-figure:not([data-ready])")) {
      try {
        mount(figure);
      } catch (error) {
        console.error(`live figure ${figure.id}:`, error);
      }
    }
  };

  const render = ({ model, el }) => {
    el.innerHTML = model.get("_html");
    const live = mount(el.querySelector("figure"), {
      values: model.get("values"),
      change: (values) => { model.set("values", values); model.save_changes(); },
    });
    // Arrow keys belong to the controls: JupyterLab asks the focused element itself.
    for (const control of el.querySelectorAll("input, select, button, summary"))
      control.dataset.lmSuppressShortcuts = "true";
    model.on("change:values", () => live.set(model.get("values")));
    return live.unmount;
  };

  return { mount, mountAll, render };
})();
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", liveFigures.mountAll);
else liveFigures.mountAll();
