/* Watches a figure, alike in every host: `watch(selector)` says where its marks are.

   A change is a mark that moved (SVG), an image that arrived, or a canvas that was drawn on. It is
   on the screen with the frame that comes next, or with this one if the page made it while
   preparing a frame. The message that each frame posts is handled right after it was painted. */
window.watch = (selector) => {
  const seen = { answers: [], frames: [], changed: 0 };
  let pressed = null; // when the key went down that the figure has not answered yet
  let due = false; // the pointer has moved since the figure last changed
  let change = false;

  const touched = (node) => {
    if (node instanceof Element && node.closest(selector)) change = true;
  };
  addEventListener("keydown", (event) => (pressed = event.timeStamp), true);
  addEventListener("pointermove", (event) => (due ||= event.buttons > 0), true);
  // the bare slider's figure is the slider itself
  document.addEventListener("input", (event) => touched(event.target), true);
  document.addEventListener("load", (event) => touched(event.target), true);
  new MutationObserver((records) => records.forEach((record) => touched(record.target)))
    .observe(document, { subtree: true, attributes: true });
  for (const name of ["drawImage", "putImageData"]) {
    const original = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...rest) {
      touched(this.canvas);
      return original.apply(this, rest);
    };
  }

  seen.still = () => (pressed === null ? performance.now() - seen.changed : 0);

  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    const painted = performance.now();
    if (change) {
      if (pressed !== null) seen.answers.push(painted - pressed);
      pressed = null;
      seen.changed = painted;
    }
    seen.frames.push({ painted, change, due });
    if (change) due = false;
    change = false;
  };
  const frame = () => {
    port2.postMessage(0);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  window.seen = seen;
};
