// Wraps pdf.js: takes the page that is open as a chapter for e-readers, which run no scripts.
(take) => (places) => {
  const ROOM = 21; // em, the width of a small screen
  // Colours and sizes of a drawing become its own: an e-reader knows neither classes nor variables.
  const looks = ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-weight", "text-anchor"];
  const onWhite = (value) => {
    if (!/^(rgb|color)/.test(value)) return value;
    const [red, green, blue, opacity = 1] = value.match(/[\d.]+/g), full = value.startsWith("rgb") ? 1 : 255;
    const mixed = [red, green, blue].map((part) => Math.round(255 - (255 - part * full) * opacity));
    return Number(opacity) ? `rgb(${mixed})` : "none";
  };
  for (const node of document.querySelectorAll("article svg :is(a, circle, g, line, path, polygon, rect, text, tspan)")) {
    const live = node.closest(".lf-drawing"), style = getComputedStyle(node);
    for (const look of looks)
      if (live ? node.getAttribute(look)?.includes("var(") : node.matches(":not(g, a)"))
        node.setAttribute(look, onWhite(style.getPropertyValue(look)));
  }
  // The drawing for phones has the letters that a small screen needs; pdf.js would drop it.
  for (const svg of document.querySelectorAll("article svg.lf-wide")) svg.remove();
  for (const svg of document.querySelectorAll("article svg.lf-narrow")) svg.classList.remove("lf-narrow");

  for (const drawn of document.querySelectorAll("article mjx-container")) {
    const formula = drawn.querySelector("math"), { tex } = drawn.dataset;
    // No e-reader breaks a formula: what stands side by side gets lines of its own, a long one small letters.
    const lines = [formula];
    const spaces = formula.querySelectorAll(":scope[display] > mstyle > mspace[width='2em']");
    for (const { parentNode: gap } of spaces) {
      const line = formula.cloneNode();
      while (gap.nextSibling) line.append(gap.nextSibling);
      gap.remove();
      lines.push(line);
    }
    const parts = tex.split("\\qquad");
    lines.forEach((line, i) =>
      line.setAttribute("alttext", (parts.length === lines.length ? parts[i] : tex).trim()));
    drawn.replaceWith(...lines);
    for (const line of lines.filter((one) => one.firstElementChild)) {
      const ends = [line.firstElementChild, line.lastElementChild].map((node) => node.getBoundingClientRect());
      const width = (ends[1].right - ends[0].left) / parseFloat(getComputedStyle(line).fontSize);
      if (width > ROOM) line.style.fontSize = `${Math.floor((100 * ROOM) / width)}%`;
    }
  }

  document.querySelector("article .letters")?.remove();

  const taken = take(places);
  const text = new DOMParser().parseFromString(taken.html, "text/html").body.firstElementChild;
  const all = (selector) => [...text.querySelectorAll(selector)];
  const rename = (selector, tag) => {
    for (const node of all(selector)) {
      const other = document.createElement(tag);
      if (node.className) other.className = node.className;
      other.append(...node.childNodes);
      node.replaceWith(other);
    }
  };

  for (const node of all(".find, .tag_starter, button, input, label[for$='--guess'], noscript, .paper-links, "
    + ".paper-mark, .page-of, .scoreboard tr > :last-child")) node.remove();
  for (const knobs of all(".lf-knobs")) knobs.prepend("Shown for:");
  for (const value of all(".lf-value")) value.removeAttribute("aria-hidden");
  for (const label of all(".lf-knob label, .ex-label")) label.append(": ");
  for (const worth of all(".ex-worth")) worth.append(" in the web edition");
  for (const { firstChild: note } of all(".paper-note")) note.data = note.data.replace("printed", "in this edition");
  for (const code of all(".highlight pre")) code.textContent = code.textContent;
  rename(".lf-guess label", "li");
  for (const field of all("fieldset")) {
    const list = document.createElement("ul");
    list.append(...field.querySelectorAll("li"));
    if (list.firstChild) field.append(list);
  }
  rename("form, fieldset", "div");
  rename("legend", "p");
  rename("label", "span");
  rename("output", "strong");
  for (const node of all(":is(table, div, svg)[style]")) node.removeAttribute("style");
  for (const node of all("*")) {
    for (const { name } of [...node.attributes])
      if (/^(data-|title$|aria-live$)/.test(name)) node.removeAttribute(name);
    const link = node.getAttribute("href");
    if (link?.startsWith("http")) node.setAttribute("href", new URL(link).href); // which escapes < and >
    else if (link) node.setAttribute("href", link.replace(/^#(p\d+)/, "$1.xhtml#$1"));
  }
  return { ...taken, html: new XMLSerializer().serializeToString(text) };
}
