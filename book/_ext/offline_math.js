// Runs while the book is built, in an engine without a page: MathJax with a document of its own.
const { mathjax, adaptors, handlers, a11y, input, output } = { ...MathJax._, ...MathJax._.mathjax };
const adaptor = adaptors.liteAdaptor.liteAdaptor();
a11y["assistive-mml"].AssistiveMmlHandler(handlers.html_ts.RegisterHTMLHandler(adaptor));
const font = new output.svg.fonts.tex_ts.TeXFont();
const svg = new output.svg_ts.SVG({ font, fontCache: "global" });
// An unknown command is an error that stops the build, not red text.
const tex = new input.tex_ts.TeX({ packages: ["base", "ams"] });
const page = mathjax.document("", { InputJax: tex, OutputJax: svg });

const drawn = (formula, display) => adaptor.outerHTML(page.convert(formula, { display }));
const letters = (names) => {
  const paths = adaptor.childNodes(svg.fontCache.getCache());
  const known = new Map(paths.map((path) => [adaptor.getAttribute(path, "id"), path]));
  return names.map((name) => adaptor.outerHTML(known.get(name))).join("");
};
