// Before the first paint: light or dark, as chosen here earlier or else as the system says. A system
// that forces its own colours has the last word.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const forced = matchMedia("(forced-colors: active)");
  const chosen = () => {
    try {
      return localStorage.getItem("colours");
    } catch {
      return null; // storage can be forbidden, for example in a file:// copy
    }
  };
  const apply = () => {
    const choice = forced.matches ? null : chosen();
    const dark = choice ? choice === "dark" : system.matches;
    root.dataset.theme = dark ? "dark" : "light";
  };
  root.classList.add("js");
  apply();
  system.addEventListener("change", apply);
  forced.addEventListener("change", apply);
})();
