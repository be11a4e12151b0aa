// The typesetter is large. It comes once the page stands, and sets two formulas at a time, so that
// the page answers its reader in between.
(() => {
  const folder = new URL("mathjax/", document.currentScript.src);
  let done;
  window.MathJax = {
    // An unknown command is an error that the tests see, not a request for another file.
    tex: { packages: { "[-]": ["autoload", "require", "noundefined"] } },
    options: {
      enableMenu: false,
      ignoreHtmlClass: "mathjax_ignore",
      processHtmlClass: "math",
    },
    startup: {
      promise: new Promise((resolve) => (done = resolve)), // until MathJax puts its own here
      async pageReady() {
        const formulas = [...document.querySelectorAll("span.math, div.math")];
        while (formulas.length) {
          await new Promise((next) => setTimeout(next));
          await MathJax.typesetPromise(formulas.splice(0, 2));
        }
        done();
      },
    },
  };
  requestAnimationFrame(() => setTimeout(() => {
    const script = document.createElement("script");
    script.src = new URL("tex-svg.js", folder);
    document.head.append(script);
  }));
})();
