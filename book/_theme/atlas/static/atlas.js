"use strict";
(() => {
  const root = document.documentElement;
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  const colours = find(".colours-button");
  const showColours = () => colours.setAttribute("aria-pressed", root.dataset.theme === "dark");
  colours.addEventListener("click", () => {
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("colours", root.dataset.theme);
    } catch {
      // the choice then lasts for this page only
    }
  });
  new MutationObserver(showColours).observe(root, { attributeFilter: ["data-theme"] });
  showColours();

  const opener = find(".contents-button");
  const setOpen = (open) => {
    opener.setAttribute("aria-expanded", open);
    root.classList.toggle("contents-open", open);
  };
  opener.addEventListener("click", () => setOpen(opener.getAttribute("aria-expanded") !== "true"));
  // On a phone the open contents cover the text: whoever walks on into the text closes them.
  find("main").addEventListener("focusin", () => setOpen(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && root.classList.contains("contents-open")) {
      setOpen(false);
      opener.focus();
    }
  });

  // What scrolls sideways must be reachable by keyboard, and only that.
  const kind = { PRE: "Code", TABLE: "Table", DIV: "Formula" };
  const label = (box) =>
    find("caption", box)?.textContent || `${kind[(find("table", box) || box).tagName]}, scrolls sideways`;
  const markScrollers = (entries) => {
    // What is folded away is left alone: measuring it would lay it out. All reading before any writing.
    const boxes = entries.map((entry) => entry.target).filter((box) => box.checkVisibility());
    const wide = boxes.map((box) => box.scrollWidth > box.clientWidth + 1);
    boxes.forEach((box, i) => {
      if (wide[i]) {
        box.tabIndex = 0;
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", label(box));
      } else if (box.hasAttribute("tabindex")) {
        for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
      }
    });
  };
  const watcher = new ResizeObserver(markScrollers);
  all(".scroll-x, pre, div.math").forEach((box) => watcher.observe(box));

  if (navigator.clipboard) {
    for (const source of all("div.highlight")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.addEventListener("click", async () => {
        const text = find("pre", source).textContent.trimEnd();
        await navigator.clipboard.writeText(text.replace(/^\$ /gm, "")); // commands without their prompt
        button.textContent = "Copied";
        setTimeout(() => (button.textContent = "Copy"), 1500);
      });
      source.append(button);
    }
  }

  // The heading being read, in the list beside the page.
  const places = new Map(
    all(".on-this-page a").map((link) => [
      document.getElementById(decodeURIComponent(link.hash.slice(1))), link,
    ])
  );
  places.delete(null);
  const spy = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      for (const link of places.values()) link.removeAttribute("aria-current");
      places.get(target).setAttribute("aria-current", "location");
    }
  }, { rootMargin: "0px 0px -75% 0px" });
  for (const section of places.keys()) spy.observe(section);

  const results = find("#search-results");
  if (results) {
    // A file:// page may not read its neighbours, so it lists titles without excerpts.
    if (location.protocol === "file:") {
      DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
      find(".from-disk").hidden = false;
    }
    new MutationObserver(() => find(".search-summary", results)?.setAttribute("role", "status"))
      .observe(results, { childList: true });
  }
})();
