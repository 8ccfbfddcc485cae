// What all pages do with keys and dialogs. Whatever has data-key is pressed, focused or changed by
// that key; data-help says what it does in the dialog that ? opens. While a dialog is open, only
// its own keys count. data-dialog names a dialog to open, data-close closes the one around it.

const TYPING = "input:not([type=checkbox], [type=radio], [type=range]), textarea, select";

function act(element) {
  if (element.matches("fieldset")) chooseNext(element);
  else if (element.matches(TYPING)) element.focus();
  else element.click();
}

// Of radio buttons, the one after the one that is chosen; they go round from the present answer,
// so that one press turns a FAIL or an UNSURE into a PASS and a PASS into a FAIL.
function chooseNext(fieldset) {
  const radios = [...fieldset.querySelectorAll("input[type=radio]")];
  radios.sort((a, b) => (b.value === fieldset.dataset.present) - (a.value === fieldset.dataset.present));
  const next = radios[(radios.findIndex((radio) => radio.checked) + 1) % radios.length];
  next.checked = true;
  next.dispatchEvent(new Event("change", { bubbles: true }));
  next.focus();
}

function describeKeys(dialog) {
  const list = dialog.querySelector("dl.keys");
  list.replaceChildren();
  for (const element of document.querySelectorAll("[data-help]")) {
    const term = document.createElement("dt");
    for (const key of (element.dataset.keys ?? element.dataset.key).split(" ")) {
      const cap = document.createElement("kbd");
      cap.textContent = key;
      term.append(cap);
    }
    const meaning = document.createElement("dd");
    meaning.textContent = element.dataset.help;
    list.append(term, meaning);
  }
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (dialog.id === "keys") describeKeys(dialog);
    dialog.showModal();
  }
  event.target.closest("[data-close]")?.closest("dialog").close();
  const preset = event.target.closest("[data-fill]");
  if (preset) {
    const field = document.getElementById(preset.dataset.fill);
    field.value = preset.querySelector("span").textContent;
    field.closest("dialog").querySelector("[data-key=Enter]").focus();
  }
});

function wants(element, event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return element.dataset.key === key && !element.disabled && element.checkVisibility();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  // A dialog that has just closed keeps the focus until the page is drawn again.
  const target = event.target.checkVisibility() ? event.target : document.body;
  if (target.matches(TYPING)) {
    if (event.key === "Escape" && !target.closest("dialog")) target.blur();
    return;
  }
  // Enter presses what has the focus; among radio buttons it would send the form unasked.
  if (event.key === "Enter") {
    if (target.matches("input")) event.preventDefault();
    if (target.matches("a, button, summary, input")) return;
  }
  const scope = document.querySelector("dialog[open]") ?? document;
  const found = [...scope.querySelectorAll("[data-key]")].find((element) => wants(element, event));
  if (!found) return;
  event.preventDefault();
  act(found);
});
