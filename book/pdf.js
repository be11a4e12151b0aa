// Takes the text of the page that is open, made ready for one document with many chapters.
({ own, pages }) => {
  dispatchEvent(new Event("beforeprint")); // the page prepares itself as for a single print
  const text = document.querySelector("article").cloneNode(true);
  const all = (selector, within = text) => [...within.querySelectorAll(selector)];

  // What a knob stands at is known to the live element only; the copy needs it as text.
  const knobs = ".lf-knob :is(select, input[type=checkbox])";
  const live = document.querySelectorAll(`article ${knobs}`);
  all(knobs).forEach((copy, i) => {
    const state = document.createElement("strong");
    if (copy.tagName === "SELECT") state.textContent = live[i].selectedOptions[0].textContent;
    else state.textContent = live[i].checked ? "on" : "off";
    copy.replaceWith(state);
  });

  for (const node of all("script, style, .headerlink, .copy, .term-note, .lf-tools, .lf-table, .lf-sr, "
    + "svg.lf-narrow, .cell details.hide, .page-tools, [hidden]")) node.remove();
  for (const label of all(".lf-toggle > label")) label.parentNode.prepend(label);
  // What was folded is open for good; a browser would not keep a summary with what it announces.
  for (const details of all("details")) {
    const box = document.createElement("div"), title = document.createElement("p");
    const summary = details.querySelector("summary");
    title.className = "summary";
    if (summary) {
      title.append(...summary.childNodes);
      summary.replaceWith(title);
    }
    box.className = details.className;
    if (details.id) box.id = details.id;
    box.append(...details.childNodes);
    details.replaceWith(box);
  }

  // A formula is a picture; its words for a screen reader are the TeX it was made from.
  for (const copy of all("mjx-container")) {
    copy.querySelector("mjx-assistive-mml")?.remove();
    const picture = copy.querySelector("svg");
    picture.removeAttribute("aria-hidden");
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", copy.dataset.tex);
  }

  for (const node of all("[tabindex]")) node.removeAttribute("tabindex");

  // A word of the glossary is a button with a note; on paper it leads to its entry.
  for (const button of all("button.term-word")) {
    const note = document.getElementById(button.getAttribute("popovertarget"));
    const entry = note?.querySelector("a[href]");
    const word = document.createElement(entry ? "a" : "span");
    word.className = "paper-term";
    if (entry) word.setAttribute("href", entry.href);
    word.append(...button.childNodes);
    button.replaceWith(word);
  }

  const place = (page, hash) => (hash ? `p${page}-${hash}` : `p${page}`);
  const home = location.href.replace(/#.*$/, "");
  for (const link of all("a[href], a")) {
    const raw = link.getAttribute("href");
    if (raw === null) continue;
    const target = new URL(raw, document.baseURI);
    const address = target.href.replace(/[?#].*$/, "");
    const page = address === home ? own : pages[address];
    if (page === undefined) {
      if (target.protocol.startsWith("http") || target.protocol === "mailto:") continue;
      link.replaceWith(...link.childNodes); // a file of the site that is not printed
      continue;
    }
    link.setAttribute("href", `#${place(page, decodeURIComponent(target.hash.slice(1)))}`);
    const elsewhere = page !== own && link.querySelector(".doc, .std-doc, .std-ref") && !link.closest("svg");
    if (elsewhere || link.closest(".ex-read")) {
      const number = document.createElement("span");
      number.className = "page-of";
      number.dataset.pageOf = link.getAttribute("href").slice(1);
      link.after(number);
    }
  }

  for (const image of all("img")) image.src = new URL(image.getAttribute("src"), document.baseURI).href;
  const inside = /url\((["']?)#/g;
  for (const node of [text, ...all("*")]) {
    for (const { name, value } of [...node.attributes]) {
      if (name === "id" || name === "for") node.setAttribute(name, place(own, value));
      else if (/^(aria-(labelledby|describedby|controls|owns|details))$|^headers$/.test(name))
        node.setAttribute(name, value.split(/\s+/).map((id) => place(own, id)).join(" "));
      else if ((name === "href" || name === "xlink:href") && node.tagName === "use")
        node.setAttribute(name, `#${place(own, value.slice(1))}`);
      else if (inside.test(value)) node.setAttribute(name, value.replace(inside, `url($1#p${own}-`));
    }
  }

  // A section may begin at the foot of a page and its heading stand on the next: links go to the heading.
  for (const heading of all("section[id] > :is(h2, h3, h4)")) {
    const section = heading.parentNode;
    for (let mark = heading.previousSibling; mark; mark = heading.previousSibling) {
      mark.remove();
      heading.prepend(mark);
    }
    heading.id = section.id;
    section.removeAttribute("id");
  }

  const chapter = document.createElement("section");
  chapter.className = "chapter";
  chapter.id = place(own, "");
  if (document.documentElement.dataset.accent) chapter.dataset.accent = document.documentElement.dataset.accent;
  chapter.append(...text.childNodes);
  const sections = [...chapter.querySelectorAll("h2[id]")];
  return {
    title: chapter.querySelector("h1").textContent.trim(),
    sections: sections.map((h) => ({ id: h.id, text: h.textContent.trim() })),
    html: chapter.outerHTML,
    sheets: [...document.querySelectorAll("link[rel=stylesheet]")].map((sheet) => sheet.href),
  };
}
