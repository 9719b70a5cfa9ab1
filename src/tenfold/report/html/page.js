"use strict";
// Filters live in the address: #severity=critical,high&topic=http&confidence=high&q=word&fixable=yes
(() => {
  const form = document.querySelector(".filters");
  const copied = (button, done) => {
    button.textContent = done ? "Copied" : "Press Ctrl+C";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  };
  const copy = async (button) => {
    const code = button.parentElement.querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
      copied(button, true);
    } catch {
      // A page opened from a disk may not reach the clipboard: select, and try the old way.
      getSelection().selectAllChildren(code);
      copied(button, document.execCommand("copy"));
    }
  };
  document.addEventListener("click", (event) => {
    if (event.target.classList.contains("copy")) copy(event.target);
  });
  addEventListener("beforeprint", () => {
    for (const place of document.querySelectorAll("details")) place.open = true;
  });
  if (!form) return;

  const places = [...document.querySelectorAll(".place")];
  const practices = [...document.querySelectorAll(".practice")];
  const apart = document.querySelector(".apart");
  const nothing = document.querySelector(".nothing");
  const names = ["severity", "topic", "confidence", "q", "fixable"];
  const texts = new Map();
  const controls = [...form.querySelectorAll("[data-filter]")];

  const textOf = (place) => {
    if (!texts.has(place)) {
      const head = place.parentElement.querySelector("header").textContent;
      texts.set(place, `${head} ${place.textContent}`.toLowerCase());
    }
    return texts.get(place);
  };
  const readAddress = () => {
    const given = new URLSearchParams(location.hash.slice(1));
    return Object.fromEntries(names.map((name) => [name, given.get(name) || ""]));
  };
  const matches = (place, wanted) => names.every((name) => {
    if (!wanted[name]) return true;
    if (name === "q") return wanted.q.toLowerCase().split(/\s+/).every((word) => textOf(place).includes(word));
    return wanted[name].split(",").includes(place.dataset[name]);
  });
  const show = (wanted) => {
    let shown = 0;
    for (const place of places) {
      place.hidden = !matches(place, wanted);
      shown += place.hidden ? 0 : 1;
    }
    for (const practice of practices) practice.hidden = !practice.querySelector(".place:not([hidden])");
    if (apart) apart.hidden = !apart.querySelector(".place:not([hidden])");
    nothing.hidden = shown > 0;
    form.querySelector("output").textContent =
      shown === places.length ? `${shown} places` : `${shown} of ${places.length} places`;
    document.documentElement.dataset.shown = shown;
  };
  const setControls = (wanted) => {
    for (const control of controls) {
      const value = wanted[control.dataset.filter];
      if (control.type === "button") control.setAttribute("aria-pressed", value.split(",").includes(control.value));
      else if (control.type === "checkbox") control.checked = value === control.value;
      else if (control.value !== value) control.value = value;
    }
  };
  const readControls = () => {
    const wanted = Object.fromEntries(names.map((name) => [name, []]));
    for (const control of controls) {
      const on = control.type === "button" ? control.getAttribute("aria-pressed") === "true"
        : control.type === "checkbox" ? control.checked : control.value;
      if (on) wanted[control.dataset.filter].push(control.value);
    }
    return Object.fromEntries(names.map((name) => [name, wanted[name].join(",")]));
  };
  const writeAddress = (wanted) => {
    const parts = names.filter((name) => wanted[name])
      .map((name) => `${name}=${encodeURIComponent(wanted[name]).replaceAll("%2C", ",")}`);
    history.replaceState(null, "", `#${parts.join("&")}`);
  };
  const change = () => {
    const wanted = readControls();
    writeAddress(wanted);
    show(wanted);
  };
  const follow = () => {
    const wanted = readAddress();
    const isFilter = names.some((name) => wanted[name]);
    if (location.hash && !isFilter) return;
    setControls(wanted);
    show(wanted);
    if (isFilter) document.getElementById("findings").scrollIntoView();
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", change);
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.filter) {
      button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
      change();
    } else if (button.dataset.do === "reset") {
      const none = Object.fromEntries(names.map((name) => [name, ""]));
      setControls(none);
      writeAddress(none);
      show(none);
    } else {
      const open = button.textContent === "Unfold all";
      for (const place of places) place.open = open;
      button.textContent = open ? "Fold all" : "Unfold all";
    }
  });
  addEventListener("hashchange", follow);
  form.hidden = false;
  show(readAddress());
  follow();
})();
