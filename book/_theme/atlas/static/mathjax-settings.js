window.MathJax = {
  // An unknown command is an error that the tests see, not a request for another file.
  tex: { packages: { "[-]": ["autoload", "require", "noundefined"] } },
  options: {
    enableMenu: false,
    ignoreHtmlClass: "mathjax_ignore",
    processHtmlClass: "math",
  },
};
