// What pages do beyond links and forms. Everything works without it.
"use strict";

/** Offer a button that copies the line beside it. */
function offerCopying(box) {
  if (!navigator.clipboard) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = document.documentElement.lang === "de" ? "Kopieren" : "Copy";
  const said = button.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(box.querySelector("pre").textContent.trim());
    button.textContent = "✓";
    setTimeout(() => { button.textContent = said; }, 1500);
  });
  box.append(button);
}

/** Close a menu on Escape and on a click elsewhere. */
function tendMenu(menu) {
  document.addEventListener("click", event => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("keydown", event => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

document.querySelectorAll(".copyable").forEach(offerCopying);
document.querySelectorAll("details.menu").forEach(tendMenu);
