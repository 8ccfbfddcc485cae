// The queue: filters that apply at once, j and k through the photos, choosing several.

const filters = document.querySelector(".filters");
filters?.addEventListener("change", () => filters.requestSubmit());
filters?.addEventListener("submit", () => {
  for (const field of filters.elements) if (!field.value) field.disabled = true;
});
filters?.classList.add("at-once");
// On a phone the photos matter more than filters nobody has set.
if (matchMedia("(max-width: 700px)").matches && !location.search)
  filters?.closest("details").removeAttribute("open");

const photos = [...document.querySelectorAll("a.open")];
document.addEventListener("keydown", (event) => {
  const step = { j: 1, k: -1 }[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input:not([type=checkbox]), textarea, select") || document.querySelector("dialog[open]")) return;
  const at = photos.indexOf(document.activeElement);
  photos[Math.min(photos.length - 1, Math.max(0, at + step))]?.focus();
});

const several = document.getElementById("several");
const bar = document.querySelector(".several");
several?.addEventListener("change", () => {
  const chosen = several.querySelectorAll("[name=item]:checked").length;
  if (!bar) return;
  bar.hidden = chosen === 0;
  bar.querySelector(".several-count").textContent = several.dataset.chosen.replace("{n}", chosen);
});
