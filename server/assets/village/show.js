// What is drawn: the verdict with its sign, its words and what the permit says. Text goes in as text, never as markup.

import { COLOURS } from "./words.js";

// The signs differ in shape, for who does not tell the colours apart: a round tick, a triangle, an octagon.
const SIGNS = {
  green: [["circle", { cx: 50, cy: 50, r: 44 }], ["path", { d: "M28 52 44 68 73 34" }]],
  amber: [["path", { d: "M50 8 96 90H4Z" }], ["path", { d: "M50 38V62M50 74V78" }]],
  red: [["path", { d: "M30 4H70L96 30V70L70 96H30L4 70V30Z" }], ["path", { d: "M33 33 67 67M67 33 33 67" }]],
};

const ZONE = { timeZone: "Asia/Shanghai" };

export function make(name, text, className) {
  const element = document.createElement(name);
  if (text) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function sign(colour) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 100 100", class: "sign", "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  for (const [name, attributes] of SIGNS[colour]) {
    const shape = document.createElementNS(space, name);
    const line = { fill: "none", stroke: "currentColor", "stroke-width": 8, "stroke-linecap": "round" };
    for (const [key, value] of Object.entries({ ...line, ...attributes })) shape.setAttribute(key, value);
    svg.append(shape);
  }
  return svg;
}

export function day(seconds, lang) {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return String(seconds);
  const long = { year: "numeric", month: "long", day: "numeric", ...ZONE };
  return new Intl.DateTimeFormat(lang === "zh" ? "zh-CN" : "en-GB", long).format(date);
}

// Draws a verdict: `code` is its state; `large` is shown in the largest letters; `buttons` are [text, action].
export function verdict(place, words, lang, { code, permit, large, digits, buttons }) {
  const colour = COLOURS[code];
  const [title, means, todo] = words.states[code];
  place.className = colour;
  place.dataset.state = code;
  // Red interrupts a screen reader, the others wait for its breath.
  place.setAttribute("role", colour === "red" ? "alert" : "status");
  place.replaceChildren(
    sign(colour),
    make("p", words.colours[colour], "colour"),
    make("h2", title),
    make("p", means),
  );
  const emphasis = large && make("p", large, digits ? "large digits" : "large");
  // The digits and the address belong below the sentence that speaks of them, a name or a day above it.
  if (emphasis && digits !== undefined) place.append(make("p", todo), emphasis);
  else place.append(...(emphasis ? [emphasis] : []), make("p", todo));
  for (const [text, action] of buttons || []) {
    const button = make("button", text);
    button.type = "button";
    button.addEventListener("click", action);
    place.append(button);
  }
  if (permit) place.append(facts(permit, words, lang));
  place.hidden = false;
}

// What the permit says, the people first: they are to be compared.
function facts(permit, words, lang) {
  const of = (both) => both[lang] || both.zh || both.en;
  const { visit } = permit;
  const list = document.createElement("dl");
  const add = (name, ...parts) => {
    const value = document.createElement("dd");
    value.append(...parts);
    list.append(make("dt", name), value);
  };
  const names = make("span", visit.team.map((member) => member.name).join(lang === "zh" ? "、" : ", "), "names");
  add(words.who, names, make("small", words.badge), make("span", of(visit.bodyName)));
  add(words.why, of(visit.purpose));
  add(words.where, of(visit.siteName));
  const [first, last] = [day(permit.notBefore, lang), day(Number(permit.expires) - 1, lang)];
  add(words.when, first === last ? first : `${first} ${words.to} ${last}`);
  add(words.number, visit.number || "—", make("small", visit.adHoc ? words.adHoc : words.plan));
  add(words.visits, words.nth(visit.visits + 1));
  return list;
}
