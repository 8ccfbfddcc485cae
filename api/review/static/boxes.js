// Drawing and fixing boxes. The form's field `boxes` stays empty until somebody touches a box, then
// it holds all boxes as they should be: [{label, xyxy}], in pixels of the photo.

import { stage, toPhoto, unit } from "./stage.js";

const NS = "http://www.w3.org/2000/svg";
const SMALLEST = 4; // pixels of the photo
const form = document.getElementById("decide");
const layer = document.getElementById("marks");
const mode = document.querySelector("[data-toggle=edit]");

let boxes = [];
let chosen = null;
let drag = null;

const round = (value) => Math.round(value * 10) / 10;
const reported = () => JSON.parse(layer.dataset.reported).map(({ label, xyxy }) => ({ label, xyxy }));
const labels = document.getElementById("label");
const nameOf = (label) => labels.querySelector(`[value="${label}"]`).textContent;

function touched() {
  form.elements.boxes.value = JSON.stringify(boxes);
  document.querySelector("[data-edit=reset]").disabled = false;
}

function choose(box) {
  chosen = box;
  if (box) labels.value = box.label;
  document.querySelector("[data-edit=remove]").disabled = !box;
  draw();
}

function make(name, attributes) {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function draw() {
  const focused = boxes.findIndex((_, i) => layer.children[i] === document.activeElement);
  layer.replaceChildren(...boxes.map(drawOne));
  if (focused >= 0 && layer.children[focused]) layer.children[focused].focus({ preventScroll: true });
}

function drawOne(box) {
  const [x1, y1, x2, y2] = box.xyxy;
  const group = make("g", { class: box === chosen ? "mark chosen" : "mark", tabindex: 0, role: "button" });
  group.setAttribute("aria-label", nameOf(box.label));
  group.setAttribute("aria-pressed", box === chosen);
  group.append(make("rect", { x: x1, y: y1, width: x2 - x1, height: y2 - y1 }));
  const text = make("text", { x: x1, y: y1 });
  text.textContent = nameOf(box.label);
  group.append(text);
  if (box === chosen) {
    for (const [cx, cy, corner] of [[x1, y1, "nw"], [x2, y1, "ne"], [x1, y2, "sw"], [x2, y2, "se"]])
      group.append(make("circle", { cx, cy, r: 7 * unit(), class: `corner ${corner}`, "data-corner": corner }));
  }
  group.addEventListener("focus", () => box !== chosen && choose(box));
  group.addEventListener("keydown", (event) => steer(event, box));
  return group;
}

function inside(xyxy) {
  const [width, height] = [+stage.dataset.width, +stage.dataset.height];
  const xs = [xyxy[0], xyxy[2]].map((x) => Math.min(width, Math.max(0, x))).sort((a, b) => a - b);
  const ys = [xyxy[1], xyxy[3]].map((y) => Math.min(height, Math.max(0, y))).sort((a, b) => a - b);
  return [xs[0], ys[0], xs[1], ys[1]].map(round);
}

function moved(xyxy, dx, dy) {
  const [width, height] = [+stage.dataset.width, +stage.dataset.height];
  const x = Math.min(width - xyxy[2], Math.max(-xyxy[0], dx));
  const y = Math.min(height - xyxy[3], Math.max(-xyxy[1], dy));
  return [xyxy[0] + x, xyxy[1] + y, xyxy[2] + x, xyxy[3] + y].map(round);
}

const isLarge = ([x1, y1, x2, y2]) => x2 - x1 >= SMALLEST && y2 - y1 >= SMALLEST;

function steer(event, box) {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!way || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const [dx, dy] = way.map((part) => part * 5 * unit());
  const [x1, y1, x2, y2] = box.xyxy;
  const next = event.shiftKey ? inside([x1, y1, x2 + dx, y2 + dy]) : moved(box.xyxy, dx, dy);
  if (!isLarge(next)) return;
  box.xyxy = next;
  touched();
  draw();
}

function start(event) {
  if (!stage.classList.contains("editing") || event.button !== 0) return;
  const at = toPhoto(event);
  const mark = event.target.closest(".mark");
  if (mark) {
    const box = boxes[[...layer.children].indexOf(mark)];
    drag = { box, from: at, xyxy: box.xyxy, corner: event.target.dataset.corner };
    choose(box);
  } else {
    const box = { label: labels.value, xyxy: [at.x, at.y, at.x, at.y] };
    drag = { box, from: at, xyxy: box.xyxy, corner: "se", isNew: true };
  }
  stage.setPointerCapture(event.pointerId);
}

function move(event) {
  if (!drag) return;
  const at = toPhoto(event);
  const [dx, dy] = [at.x - drag.from.x, at.y - drag.from.y];
  const [x1, y1, x2, y2] = drag.xyxy;
  const corner = drag.corner;
  const next = corner
    ? inside([
        x1 + (corner.includes("w") ? dx : 0), y1 + (corner.includes("n") ? dy : 0),
        x2 + (corner.includes("e") ? dx : 0), y2 + (corner.includes("s") ? dy : 0),
      ])
    : moved(drag.xyxy, dx, dy);
  if (!isLarge(next) || (dx === 0 && dy === 0)) return;
  if (drag.isNew && !boxes.includes(drag.box)) {
    boxes.push(drag.box);
    chosen = drag.box;
  }
  drag.box.xyxy = next;
  drag.changed = true;
  draw();
}

function end() {
  if (drag?.changed) {
    touched();
    choose(drag.box);
  } else if (drag?.isNew) choose(null);
  drag = null;
}

function addInTheMiddle() {
  const [x, y, width, height] = stage.getAttribute("viewBox").split(" ").map(Number);
  const xyxy = inside([x + width * 0.4, y + height * 0.4, x + width * 0.6, y + height * 0.6]);
  const box = { label: labels.value, xyxy };
  boxes.push(box);
  touched();
  choose(box);
  layer.lastElementChild.focus({ preventScroll: true });
}

function remove() {
  boxes = boxes.filter((box) => box !== chosen);
  touched();
  choose(null);
  stage.focus({ preventScroll: true });
}

function reset() {
  boxes = reported();
  form.elements.boxes.value = "";
  document.querySelector("[data-edit=reset]").disabled = true;
  choose(null);
}

function toggle() {
  const on = !stage.classList.contains("editing");
  mode.setAttribute("aria-pressed", on);
  stage.classList.toggle("editing", on);
  layer.toggleAttribute("hidden", !on);
  for (const part of document.querySelectorAll(".edit-tools, .edit-hint")) part.hidden = !on;
  choose(null);
}

if (mode && form) {
  boxes = form.elements.boxes.value ? JSON.parse(form.elements.boxes.value) : reported();
  document.querySelector("[data-edit=reset]").disabled = !form.elements.boxes.value;
  mode.addEventListener("click", toggle);
  stage.addEventListener("pointerdown", start);
  stage.addEventListener("pointermove", move);
  stage.addEventListener("pointerup", end);
  stage.addEventListener("pointercancel", end);
  stage.addEventListener("moved", () => stage.classList.contains("editing") && !drag && draw());
  document.querySelector("[data-edit=add]").addEventListener("click", addInTheMiddle);
  document.querySelector("[data-edit=remove]").addEventListener("click", remove);
  document.querySelector("[data-edit=reset]").addEventListener("click", reset);
  labels.addEventListener("change", () => {
    if (!chosen) return;
    chosen.label = labels.value;
    touched();
    draw();
  });
}
