// The large photo: an SVG in pixels of the photo. Zoom and pan change its viewBox, so that boxes
// and photo always fit. Exports what `boxes.js` needs to draw in it.

export const stage = document.getElementById("stage");
const MOST = 12; // times

let full, view;

export function unit() {
  // Pixels of the photo per pixel of the screen.
  const shown = stage.getBoundingClientRect();
  return Math.max(view.width / shown.width, view.height / shown.height);
}

export function toPhoto(event) {
  const point = new DOMPoint(event.clientX, event.clientY);
  return point.matrixTransform(stage.getScreenCTM().inverse());
}

function show() {
  stage.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
  stage.style.setProperty("--unit", `${unit()}px`);
  stage.classList.toggle("zoomed", view.width < full.width);
  stage.dispatchEvent(new Event("moved"));
}

function bounded(next) {
  const width = Math.min(full.width, Math.max(full.width / MOST, next.width));
  const height = (width / full.width) * full.height;
  return {
    width,
    height,
    x: Math.min(full.width - width, Math.max(0, next.x)),
    y: Math.min(full.height - height, Math.max(0, next.y)),
  };
}

function zoom(factor, at) {
  const centre = at ?? { x: view.x + view.width / 2, y: view.y + view.height / 2 };
  const width = Math.min(full.width, Math.max(full.width / MOST, view.width / factor));
  const by = width / view.width;
  view = bounded({ width, x: centre.x - (centre.x - view.x) * by, y: centre.y - (centre.y - view.y) * by });
  show();
}

function pan(dx, dy) {
  view = bounded({ ...view, x: view.x + dx, y: view.y + dy });
  show();
}

const pointers = new Map();

function spread() {
  const [a, b] = [...pointers.values()];
  return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
}

function middle() {
  const [a, b] = [...pointers.values()];
  return { clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 };
}

function follow(event) {
  const before = pointers.get(event.pointerId);
  if (!before) return;
  if (pointers.size === 2) {
    const width = spread();
    pointers.set(event.pointerId, event);
    zoom(spread() / Math.max(1, width), toPhoto(middle()));
    return;
  }
  pointers.set(event.pointerId, event);
  if (stage.classList.contains("editing") || pointers.size !== 1) return;
  const by = unit();
  pan((before.clientX - event.clientX) * by, (before.clientY - event.clientY) * by);
}

function lightUp(rule) {
  document.getElementById("evidence").classList.toggle("dimmed", rule !== undefined);
  for (const part of document.querySelectorAll("#evidence [data-rule], .finding"))
    part.classList.toggle("lit", rule !== undefined && part.dataset.rule === rule);
}

if (stage) {
  full = { x: 0, y: 0, width: +stage.dataset.width, height: +stage.dataset.height };
  view = full;
  show();
  new ResizeObserver(show).observe(stage);

  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), toPhoto(event));
  }, { passive: false });
  stage.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, event);
    if (!stage.classList.contains("editing")) stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", follow);
  for (const end of ["pointerup", "pointercancel", "pointerleave"])
    stage.addEventListener(end, (event) => pointers.delete(event.pointerId));
  stage.addEventListener("dblclick", (event) => {
    if (!stage.classList.contains("editing")) zoom(2, toPhoto(event));
  });
  stage.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step || event.target !== stage || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    pan((step[0] * view.width) / 8, (step[1] * view.height) / 8);
  });

  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => {
      if (button.dataset.zoom === "fit") {
        view = full;
        show();
      } else zoom(button.dataset.zoom === "in" ? 1.4 : 1 / 1.4);
    });
  }
  // + needs Shift on many keyboards and = is the same key without it.
  document.addEventListener("keydown", (event) => {
    if (event.key === "=" && !event.target.matches("input, textarea, select")) zoom(1.4);
  });

  const toggle = document.querySelector("[data-toggle=boxes]");
  toggle.addEventListener("click", () => {
    const on = toggle.getAttribute("aria-pressed") !== "true";
    toggle.setAttribute("aria-pressed", on);
    stage.classList.toggle("no-boxes", !on);
  });

  for (const finding of document.querySelectorAll(".finding")) {
    for (const start of ["pointerenter", "focusin"])
      finding.addEventListener(start, () => lightUp(finding.dataset.rule));
    for (const end of ["pointerleave", "focusout"]) finding.addEventListener(end, () => lightUp());
  }
  for (const box of document.querySelectorAll("#evidence [data-rule]")) {
    box.addEventListener("pointerenter", () => lightUp(box.dataset.rule));
    box.addEventListener("pointerleave", () => lightUp());
  }
}
