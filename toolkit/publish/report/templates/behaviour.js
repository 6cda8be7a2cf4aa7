"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const spoken = () => (root.lang === "en" ? "en" : "zh");

  // The address keeps language and place: #zh, #zh:claims.
  const place = () => {
    const [first, second] = decodeURIComponent(location.hash.slice(1)).split(":");
    const named = first === "en" || first === "zh";
    return { language: named ? first : null, id: named ? second : first };
  };
  const speak = (language) => {
    root.lang = language === "zh" ? "zh-CN" : "en";
    document.title = document.body.dataset[language === "zh" ? "titleZh" : "titleEn"];
    for (const button of all("[data-language]"))
      button.setAttribute("aria-pressed", String(button.dataset.language === language));
    for (const element of all("[data-label-en]")) {
      const label = element.dataset[language === "zh" ? "labelZh" : "labelEn"];
      element.setAttribute(element.tagName === "IMG" ? "alt" : "aria-label", label);
    }
    if (drawing) draw();
  };
  const arrive = () => {
    const { language, id } = place();
    if (language && language !== spoken()) speak(language);
    const target = id && document.getElementById(id);
    if (target) target.scrollIntoView();
  };
  const go = (id) => {
    location.hash = spoken() + (id ? ":" + id : "");
  };

  // Tables: a button in each heading sorts; missing values stay last.
  const sortBy = (heading) => {
    const table = heading.closest("table");
    const column = [...heading.parentNode.children].indexOf(heading);
    const down = heading.getAttribute("aria-sort") === "ascending";
    for (const other of all("th[aria-sort]", table)) other.setAttribute("aria-sort", "none");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const letters = new Intl.Collator(root.lang, { numeric: true });
    const key = (row) => {
      const cell = row.children[column];
      if (cell.dataset.order) return cell.dataset.order === "inf" ? Infinity : Number(cell.dataset.order);
      return cell.innerText.trim();
    };
    const compare = (a, b) => {
      if (a === b) return 0;
      if (a === Infinity || a === "") return 1;
      if (b === Infinity || b === "") return -1;
      const order = typeof a === "number" && typeof b === "number" ? a - b : letters.compare(a, b);
      return down ? -order : order;
    };
    const body = table.tBodies[0];
    const keyed = [...body.rows].map((row) => [key(row), row]);
    keyed.sort((a, b) => compare(a[0], b[0]));
    body.append(...keyed.map(([, row]) => row));
  };

  // Map: the outlines are in the page, this only shows one core and definition at a time.
  const drawing = document.getElementById("map");
  const times = JSON.parse(document.getElementById("map-times").textContent);
  const bounds = all("#map-legend [data-bound]").map((item) => ({
    bound: item.dataset.bound === "" ? Infinity : Number(item.dataset.bound),
    colour: item.dataset.colour,
  }));
  const chosen = (name) => document.querySelector(`input[name=${name}]:checked`).value;
  const words = (minutes, figure) =>
    minutes === null
      ? { en: "not reached", zh: "不可达" }
      : { en: `${figure} min`, zh: `${figure}分钟` };
  const describe = (city) => {
    const core = chosen("core");
    const name = { en: city.dataset.en, zh: city.dataset.zh };
    if (city.dataset.city === core)
      return spoken() === "en" ? `${name.en}: origin` : `${name.zh}：出发城市`;
    const [minutes, figure, en, zh] =
      (times[core][chosen("definition")] || {})[city.dataset.city] || [null, "", "", ""];
    const by = { en, zh };
    const amount = words(minutes, figure);
    return spoken() === "en"
      ? `${name.en}: ${amount.en}${by.en ? " (" + by.en + ")" : ""}`
      : `${name.zh}：${amount.zh}${by.zh ? "（" + by.zh + "）" : ""}`;
  };
  const draw = () => {
    const core = chosen("core"), definition = chosen("definition");
    const shown = (times[core] || {})[definition] || {};
    let outlines = false;
    for (const group of all(".bands", drawing)) {
      const on = group.dataset.core === core && group.dataset.definition === definition;
      group.classList.toggle("on", on);
      outlines = outlines || on;
    }
    for (const city of all(".city", drawing)) {
      const origin = city.dataset.city === core;
      const [minutes, figure] = shown[city.dataset.city] || [null, ""];
      const circle = city.querySelector("circle");
      const value = minutes === null ? Infinity : minutes;
      circle.setAttribute("fill", origin ? "#d55e00" : bounds.find((b) => value <= b.bound).colour);
      circle.setAttribute("r", origin ? 8 : 6);
      city.querySelector(".minutes").textContent = origin || minutes === null ? "" : " " + figure;
      city.setAttribute("aria-label", describe(city));
    }
    document.getElementById("no-outlines").hidden = outlines;
  };
  const tip = document.getElementById("map-tip");
  const tell = (event) => {
    const city = event.target.closest && event.target.closest(".city");
    if (city) tip.textContent = describe(city);
  };

  // Claims: show one outcome or all.
  const filter = (button) => {
    for (const other of all("[data-outcome-filter]"))
      other.setAttribute("aria-pressed", String(other === button));
    const wanted = button.dataset.outcomeFilter;
    for (const card of all(".card")) card.hidden = wanted !== "" && card.dataset.outcome !== wanted;
  };

  document.addEventListener("click", (event) => {
    const target = event.target.closest("button, a[href^='#']");
    if (!target) return;
    if (target.dataset.language) {
      speak(target.dataset.language);
      history.replaceState(null, "", "#" + target.dataset.language + (place().id ? ":" + place().id : ""));
    } else if (target.dataset.outcomeFilter !== undefined) filter(target);
    else if (target.dataset.unfold !== undefined)
      for (const part of all("details")) part.open = target.dataset.unfold === "open";
    else if (target.closest("th")) sortBy(target.closest("th"));
    else if (target.matches("a")) {
      event.preventDefault();
      go(target.getAttribute("href").slice(1));
      const goal = document.getElementById(target.getAttribute("href").slice(1));
      if (goal) goal.focus({ preventScroll: true });
    }
  });
  if (drawing) {
    for (const input of all("input[name=core], input[name=definition]")) input.addEventListener("change", draw);
    for (const kind of ["mouseover", "focusin", "click"]) drawing.addEventListener(kind, tell);
  }
  addEventListener("hashchange", arrive);
  speak(place().language || (navigator.language.startsWith("zh") ? "zh" : "en"));
  arrive();
})();
