// Keys of all pages. Whatever has data-key is pressed (or focused, or followed) by that key;
// data-help says what it does, for the dialog that ? opens. data-dialog names a dialog to open.

const TYPING = "input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]";

function act(element) {
  if (element.matches("textarea, select, input:not([type=checkbox], [type=radio])")) element.focus();
  else element.click();
}

function describeKeys(dialog) {
  const list = dialog.querySelector("dl.keys");
  list.replaceChildren();
  for (const element of document.querySelectorAll("[data-help]")) {
    const term = document.createElement("dt");
    for (const key of (element.dataset.keys ?? element.dataset.key).split(" ")) {
      const cap = document.createElement("kbd");
      cap.textContent = key;
      term.append(cap, " ");
    }
    const meaning = document.createElement("dd");
    meaning.textContent = element.dataset.help;
    list.append(term, meaning);
  }
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (!opener) return;
  const dialog = document.getElementById(opener.dataset.dialog);
  if (dialog.id === "keys") describeKeys(dialog);
  dialog.showModal();
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && event.target.matches(TYPING)) event.target.blur();
  if (event.target.matches(TYPING)) return;
  const scope = document.querySelector("dialog[open]") ?? document;
  const wanted = CSS.escape(event.key.length === 1 ? event.key.toLowerCase() : event.key);
  for (const element of scope.querySelectorAll(`[data-key="${wanted}"]:not(:disabled)`)) {
    if (!element.checkVisibility()) continue;
    event.preventDefault();
    act(element);
    return;
  }
});
