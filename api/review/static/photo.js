// The photo's page besides its photo: letting go of it on leaving, and comparing two photos.

const hold = document.getElementById("hold");

if (hold?.dataset.token) {
  window.addEventListener("pagehide", () => {
    const { csrf, token, release } = hold.dataset;
    navigator.sendBeacon(release, new URLSearchParams({ csrf_token: csrf, token }));
  });
  // A page that comes back from the browser's memory has let go of its photo.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
}

for (const compare of document.querySelectorAll("[data-compare]")) {
  const tools = compare.nextElementSibling;
  const cut = tools.querySelector("[data-cut]");
  const beside = tools.querySelector("[data-side-by-side]");
  const divide = () => compare.style.setProperty("--cut", `${cut.value}%`);
  compare.classList.add("sliding");
  tools.hidden = false;
  divide();
  cut.addEventListener("input", divide);
  compare.addEventListener("pointermove", (event) => {
    if (!event.buttons || !compare.classList.contains("sliding")) return;
    const place = compare.getBoundingClientRect();
    cut.value = ((event.clientX - place.left) / place.width) * 100;
    divide();
  });
  beside.addEventListener("click", () => {
    const on = compare.classList.toggle("sliding");
    beside.setAttribute("aria-pressed", !on);
    cut.disabled = !on;
  });
}

for (const answers of document.querySelectorAll(".answers")) {
  const mark = () => {
    const now = answers.querySelector(":checked")?.value;
    answers.classList.toggle("changed", now !== answers.dataset.present);
  };
  answers.addEventListener("change", mark);
  mark();
}
