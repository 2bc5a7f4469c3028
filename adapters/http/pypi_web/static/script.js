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

/** Show projects below a search box while somebody types; arrows choose, Enter opens, Escape closes. */
function suggestWhileTyping(input, number) {
  const list = document.createElement("div");
  list.className = "suggestions";
  list.id = `suggestions-${number}`;
  list.role = "listbox";
  list.hidden = true;
  input.after(list);
  Object.assign(input, { role: "combobox", ariaExpanded: "false", ariaAutoComplete: "list" });
  input.setAttribute("aria-controls", list.id);
  let chosen = -1;
  let waiting;
  let asking;

  const choose = at => {
    chosen = at;
    [...list.children].forEach((each, index) => { each.ariaSelected = String(index === at); });
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", list.children[at].id);
  };
  const close = () => {
    list.hidden = true;
    input.ariaExpanded = "false";
    choose(-1);
  };
  const show = found => {
    list.replaceChildren(...found.map((each, index) => {
      const option = document.createElement("a");
      const summary = document.createElement("span");
      Object.assign(option, { role: "option", id: `${list.id}-${index}`, ariaSelected: "false" });
      Object.assign(option, { href: each.url, textContent: each.name, tabIndex: -1 });
      summary.textContent = each.summary;
      option.append(summary);
      return option;
    }));
    list.hidden = found.length === 0;
    input.ariaExpanded = String(!list.hidden);
    choose(-1);
  };
  const ask = async () => {
    asking?.abort();
    if (!input.value.trim()) return close();
    asking = new AbortController();
    try {
      const address = `${input.dataset.suggestions}?q=${encodeURIComponent(input.value)}`;
      const answer = await fetch(address, { signal: asking.signal });
      if (answer.ok) show(await answer.json());
    } catch { /* Another letter was typed, or the network is away: the form still works. */ }
  };

  input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 150); });
  input.addEventListener("blur", () => setTimeout(close, 200));
  input.addEventListener("keydown", event => {
    const last = list.children.length - 1;
    if (list.hidden || last < 0) return;
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown") choose(chosen < last ? chosen + 1 : 0);
    else if (event.key === "ArrowUp") choose(chosen > 0 ? chosen - 1 : last);
    else if (event.key === "Enter" && chosen >= 0) location.assign(list.children[chosen].href);
    else return;
    event.preventDefault();
  });
}

document.querySelectorAll("input[data-suggestions]").forEach(suggestWhileTyping);

/** Put changes on top of a table as they happen. */
function followChanges(body) {
  const source = new EventSource(body.dataset.changes);
  const note = document.querySelector(".live-note");
  source.addEventListener("open", () => { if (note) note.hidden = false; });
  source.addEventListener("change", event => {
    const change = JSON.parse(event.data);
    const row = document.createElement("tr");
    const link = document.createElement("a");
    link.href = `${body.dataset.projects}${encodeURIComponent(change.project.toLowerCase().replace(/[-_.]+/g, "-"))}/`;
    link.textContent = change.project;
    const cells = [
      String(change.serial), new Date(change.timestamp).toLocaleTimeString(), link, change.action,
    ].map(content => {
      const cell = document.createElement("td");
      cell.append(content);
      return cell;
    });
    cells[0].className = "number wide-only";
    if (change.version) cells[2].append(` ${change.version}`);
    row.append(...cells);
    row.className = "fresh";
    body.prepend(row);
    while (body.children.length > 200) body.lastElementChild.remove();
  });
}

document.querySelectorAll("[data-changes]").forEach(followChanges);
