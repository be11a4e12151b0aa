"use strict";
// On paper nothing can be opened or followed: addresses become numbered notes, and a line says where
// the folded code is. All of it is there only while the page is being printed.
(() => {
  const text = document.querySelector("article");
  const added = [];
  const make = (tag, className, ...children) => {
    const node = document.createElement(tag);
    node.className = className;
    node.append(...children);
    return node;
  };
  const add = (node, place) => {
    place(node);
    added.push(node);
  };
  const bare = (address) =>
    decodeURI(address).replace(/^https?:\/\/(doi\.org\/)?/, "").replace(/\/$/, "");

  // A long name may be broken after a dot or an underscore.
  const breakNames = (code) => {
    const words = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
    for (let word = words.nextNode(); word; word = words.nextNode()) {
      const at = word.data.search(/[._](?=[^._])/);
      if (at >= 0) add(make("wbr", ""), (chance) => word.splitText(at + 1).before(chance));
    }
  };

  const prepare = () => {
    if (!text || added.length) return;
    if (text.querySelector(".cell details.hide")) {
      const path = document.querySelector(".page-tools a[download]")?.getAttribute("href") ?? "";
      const name = path.replace(/^.*_sources\//, "");
      add(make("p", "paper-note", "The code behind the figures is not printed. It is in the notebook ",
        make("code", "", name), "."), (note) => text.append(note));
    }
    for (const code of text.querySelectorAll("table code")) breakNames(code);
    const addresses = new Map();
    for (const link of text.querySelectorAll("a[href^='http']")) {
      if (link.textContent.includes(bare(link.href)) || link.closest("svg")) continue;
      if (!addresses.has(link.href)) addresses.set(link.href, addresses.size + 1);
      add(make("sup", "paper-mark", String(addresses.get(link.href))), (mark) => link.after(mark));
    }
    if (addresses.size) {
      const notes = [...addresses.keys()].map((address) => make("li", "", decodeURI(address)));
      add(make("section", "paper-links", make("p", "paper-title", "Addresses of the links"),
        make("ol", "", ...notes)), (list) => text.append(list));
    }
  };
  const restore = () => {
    for (const node of added.splice(0)) {
      const place = node.parentNode;
      node.remove();
      place.normalize();
    }
  };
  addEventListener("beforeprint", prepare);
  addEventListener("afterprint", restore);
})();
