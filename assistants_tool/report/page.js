"use strict";
// Ids of the page's own begin with a colon, which no id that is made of a key does.
const form = document.getElementById(":filter");
const field = (name) => form.elements.namedItem(name);
const items = [...document.querySelectorAll("[data-key]")];
const folded = items.filter((one) => one.matches("details"));

function choose() {
  const key = field("key").value.trim().toLowerCase();
  const action = field("action").value;
  const risky = field("risk").checked;
  let shown = 0;
  for (const one of items) {
    const data = one.dataset;
    const fits = data.key.includes(key) && (!action || data.action === action) && (!risky || "risk" in data);
    one.hidden = !fits;
    shown += fits;
  }
  const kept = document.getElementById(":kept");
  if (kept) kept.hidden = !kept.querySelector("[data-key]:not([hidden])");
  document.getElementById(":shown").textContent = `${shown} of ${items.length} shown`;
}

function unfold(open) {
  for (const one of folded) if (!one.hidden) one.open = open;
}

function reveal() {
  const target = document.getElementById(location.hash.slice(1));
  if (!target || !items.includes(target)) return;
  if (target.hidden) {
    form.reset();
    choose();
  }
  target.closest("details").open = true;
  target.scrollIntoView();
  target.querySelector("summary")?.focus({ preventScroll: true });
}

form.hidden = false;
form.addEventListener("input", choose);
form.addEventListener("submit", (event) => event.preventDefault());
document.getElementById(":open").addEventListener("click", () => unfold(true));
document.getElementById(":close").addEventListener("click", () => unfold(false));
addEventListener("hashchange", reveal);
choose();
reveal();
