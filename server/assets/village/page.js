// The page itself: what is asked, what is shown, what is kept. The judgement is in judge.js, the words in words.js.

import { encode as base43 } from "./base43.js";
import { Malformed, decode, is } from "./cbor.js";
import { MOST, sealFeedback } from "./feedback.js";
import { judgeBare, judgeText } from "./judge.js";
import { modules, picture } from "./qr.js";
import { canRead, hasCamera, readPhoto, scan } from "./scan.js";
import { day, make, verdict } from "./show.js";
import { OtherKey, read as readList } from "./trust.js";
import { COLOURS, wordsFor } from "./words.js";

const store = self.wuraoStore;
const at = (id) => document.getElementById(id);
const WORDS = wordsFor(document.body.dataset.hotline);
// Browsers give what checks and seals to pages at https:// (and at this computer itself) alone.
const SECURE = Boolean(self.isSecureContext && self.crypto && self.crypto.subtle);
// A clock that is further off than this cannot judge, seconds.
const CLOCK = 600;

const state = {
  lang: "zh",
  list: null,
  serverKey: null,
  keyChanged: false,
  // Whether the village was learned from the poster just now.
  siteKept: false,
  clockDoubtful: false,
  // Whether this browser can read a QR code.
  reads: false,
  site: null,
  // What is being judged: { text } of a code, or { record } found by a short code, each with its challenge; `foreign` until the address is compared.
  shown: null,
  foreign: false,
  wrongAddress: false,
  challenge: null,
  permit: null,
  said: null,
  sealed: null,
  camera: null,
};

const words = () => WORDS[state.lang];
const now = () => Math.floor(Date.now() / 1000);
const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const bytesOf = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));

function remembered(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // A browser that keeps nothing still checks codes.
  }
}

// --- words -------------------------------------------------------------------------------------------------------

function speak(lang) {
  state.lang = lang;
  document.documentElement.lang = lang === "zh" ? "zh-Hans-CN" : "en";
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = words()[element.dataset.word];
  at("language").lang = lang === "zh" ? "en" : "zh-Hans-CN";
  document.title = words().title;
  const legend = at("stars").querySelector("legend");
  at("stars").replaceChildren(legend, ...words().stars.map(star));
  if (at("words").dataset.mode) openWords(at("words").dataset.mode);
  if (state.said) tell("said", words()[state.said]);
  showSealed();
  at("problem").hidden = true;
  showList();
  return judgeShown();
}

function star(name, index) {
  const label = make("label", "", "star");
  const input = document.createElement("input");
  Object.assign(input, { type: "radio", name: "stars", value: String(index + 1) });
  label.append(input, make("span", `${words().star(index + 1)} ${"★".repeat(index + 1)} ${name}`));
  return label;
}

function tell(id, text) {
  at(id).textContent = text;
  at(id).hidden = !text;
}

function showList() {
  tell("list", state.list ? words().list(day(state.list.at, state.lang)) : SECURE ? words().noList : "");
  const notice = !SECURE ? "insecure" : state.keyChanged ? "changed" : state.siteKept ? "siteKept" : null;
  tell("notice", notice ? words()[notice] : "");
}

// --- the list of keys and withdrawals -------------------------------------------------------------------------------

async function bytesFrom(path) {
  const answer = await fetch(path, { cache: "no-store", credentials: "omit" });
  return { answer, bytes: new Uint8Array(await answer.arrayBuffer()) };
}

async function readKept() {
  state.serverKey = (await store.get("key")) || null;
  state.clockDoubtful = Math.abs((await store.get("clock")) || 0) > CLOCK;
  const kept = await store.get("list");
  if (kept && state.serverKey) state.list = await readList(kept.record, state.serverKey);
}

async function refresh() {
  if (!SECURE) return;
  let fetched;
  try {
    if (!state.serverKey) {
      const { answer, bytes } = await bytesFrom("/p/key");
      if (!answer.ok) return;
      await store.put("key", is.bytes(33)(bytes));
      state.serverKey = bytes;
    }
    fetched = await bytesFrom("/p/trust");
  } catch {
    return;
  }
  if (!fetched.answer.ok) return;
  const theirs = Date.parse(fetched.answer.headers.get("date")) / 1000;
  if (!Number.isNaN(theirs)) {
    const error = Math.round(Date.now() / 1000 - theirs);
    state.clockDoubtful = Math.abs(error) > CLOCK;
    await store.put("clock", error);
  }
  try {
    const list = await readList(fetched.bytes, state.serverKey);
    await store.keepList(list.sequence, fetched.bytes);
    await readKept();
    state.keyChanged = false;
  } catch (error) {
    // Whatever came instead of a list, the old one stays. Only a list of another key says something of the server.
    if (error instanceof OtherKey) state.keyChanged = true;
  }
  showList();
  await judgeShown();
}

// A phone whose clock runs before its list was signed is wrong, network or not.
function doubtful() {
  return state.clockDoubtful || (state.list && now() < Number(state.list.at) - CLOCK);
}

// --- the verdict ----------------------------------------------------------------------------------------------------

async function judgeShown() {
  if (state.wrongAddress) return show({ code: "wrong-address" });
  const { shown } = state;
  if (!shown) {
    at("verdict").hidden = true;
    return;
  }
  if (!SECURE) return show({ code: "insecure" });
  if (!state.list) return show({ code: "no-list" });
  const question = { site: state.site, now: now(), clockDoubtful: doubtful(), challenge: shown.challenge };
  const judged = shown.text
    ? await judgeText(shown.text, state.list, question)
    : await judgeBare(shown.record, state.list, question);
  if (state.shown !== shown) return;
  state.permit = judged.permit;
  show(judged, Boolean(shown.record));
}

function show(judged, bare) {
  const place = at("verdict");
  const put = (parts) => {
    verdict(place, words(), state.lang, parts);
    at("scan").textContent = words().again;
    at("lead").hidden = true;
  };
  const over = [words().over, startOver];
  const { code, permit } = judged;
  if (COLOURS[code] === "red" || code === "no-list" || code === "insecure") {
    const large = code === "revoked" ? day(judged.asOf, state.lang) : undefined;
    return put({ code, permit, large, buttons: [over] });
  }
  if (state.foreign) {
    const same = () => {
      state.foreign = false;
      judgeShown();
    };
    const other = () => {
      state.wrongAddress = true;
      judgeShown();
    };
    const buttons = [[words().sameAddress, same], [words().otherAddress, other]];
    return put({ code: "address", large: `${location.host}/p`, digits: false, buttons });
  }
  if (!state.site) {
    const mine = () => {
      keepSite(hex(permit.visit.site));
      judgeShown();
    };
    const name = permit.visit.siteName[state.lang] || permit.visit.siteName.zh;
    const buttons = [[words().yes, mine], [words().no, () => put({ code: "wrong-site", permit, buttons: [over] })]];
    return put({ code: "which-site", large: name, buttons });
  }
  if (code === "stale") {
    state.challenge = state.challenge ?? sixDigits();
    const digits = String(state.challenge).padStart(6, "0");
    return put({ code, permit, large: `${digits.slice(0, 3)} ${digits.slice(3)}`, digits: true, buttons: [over] });
  }
  if (code === "valid" && bare) return put({ code: "typed", permit, buttons: [over] });
  return put({ code, permit, buttons: [over] });
}

function sixDigits() {
  // The remainder is off by less than one in four thousand, which helps nobody to guess.
  return crypto.getRandomValues(new Uint32Array(1))[0] % 1000000;
}

function startOver() {
  Object.assign(state, { shown: null, foreign: false, wrongAddress: false, challenge: null, permit: null });
  at("verdict").hidden = true;
  at("lead").hidden = false;
  at("scan").textContent = words().scan;
  tell("problem", "");
  at("code").value = "";
}

async function look(shown) {
  tell("problem", "");
  // What was asked for before this code was made; not what is asked for because of it.
  state.shown = { ...shown, challenge: state.challenge };
  await judgeShown();
  at("verdict").scrollIntoView({ block: "start" });
}

// --- the village ----------------------------------------------------------------------------------------------------

function keepSite(id) {
  state.site = bytesOf(id);
  remember("site", id);
}

// The poster's address names the village; one that is known already is not replaced unasked.
function takeSite(id) {
  const known = remembered("site");
  if (!known) {
    keepSite(id);
    state.siteKept = true;
    showList();
  } else if (known !== id) {
    at("village").hidden = false;
    const close = () => {
      at("village").hidden = true;
    };
    at("village-old").onclick = close;
    at("village-new").onclick = () => {
      keepSite(id);
      close();
      judgeShown();
    };
  }
}

// What stands after the `#`: a village, or a code that another scanner has read. It is taken out of the address at
// once; it was never sent anywhere.
function takeFragment() {
  const fragment = location.hash.slice(1);
  if (!fragment) return;
  history.replaceState(null, "", location.pathname.toLowerCase());
  const site = /^site=([0-9a-f]{32})$/.exec(fragment);
  if (site) return takeSite(site[1]);
  Object.assign(state, { shown: { text: fragment, challenge: null }, foreign: true, wrongAddress: false, challenge: null });
}

// --- asking ---------------------------------------------------------------------------------------------------------

async function useCamera() {
  tell("problem", "");
  state.camera = new AbortController();
  at("camera").hidden = false;
  at("scan").hidden = true;
  try {
    const text = await scan(at("video"), state.camera.signal);
    if (text !== null) {
      state.foreign = false;
      await look({ text });
    }
  } catch {
    tell("problem", words().noCamera);
  }
  at("camera").hidden = true;
  at("scan").hidden = false;
}

async function usePhoto(event) {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  const text = await readPhoto(file).catch(() => null);
  if (text === null) return tell("problem", words().nothingSeen);
  state.foreign = false;
  await look({ text });
}

async function useCode(event) {
  event.preventDefault();
  const typed = at("code").value.replace(/[^0-9]/g, "");
  let fetched;
  try {
    fetched = await bytesFrom(`/p/code/${typed || "0"}`);
  } catch {
    return tell("problem", state.reads ? words().codeOffline : words().offlineNoScan);
  }
  if (fetched.answer.status === 429) return tell("problem", words().tooMany);
  if (!fetched.answer.ok) return tell("problem", words().noSuchCode);
  const records = is.list(is.bytes())(decode(fetched.bytes));
  state.foreign = false;
  state.challenge = null;
  await look({ record: await best(records) });
}

// Of several permits with one short code, which is rare, the one that stands best here.
async function best(records) {
  const question = { site: state.site, now: now(), clockDoubtful: false, challenge: null };
  for (const record of state.list ? records : []) {
    if ((await judgeBare(record, state.list, question)).code === "valid") return record;
  }
  if (records.length === 0) throw new Malformed("no permit");
  return records[0];
}

// --- saying ---------------------------------------------------------------------------------------------------------

function openWords(mode) {
  at("words").dataset.mode = mode;
  at("words").hidden = false;
  at("choose").hidden = true;
  tell("lacking", "");
  at("stars").hidden = mode === "refuse";
  at("send").textContent = mode === "refuse" ? words().sendRefusal : words().sendRating;
}

function closeWords() {
  tell("lacking", "");
  delete at("words").dataset.mode;
  at("words").hidden = true;
  at("choose").hidden = false;
}

// What is handed over: as a code to scan, and as the text that is in it.
function showSealed() {
  if (!state.sealed) return;
  at("sealed").value = state.sealed;
  const rows = modules(state.sealed);
  at("sealed-code").replaceChildren(...(rows ? [picture(rows, words().handCode)] : []));
}

function said(word) {
  state.said = word;
  tell("said", words()[word]);
}

async function say(event) {
  event.preventDefault();
  const chosen = document.querySelector("[name=stars]:checked");
  const rating = at("words").dataset.mode === "rate";
  if (rating && !chosen) {
    tell("lacking", words().choose);
    return at("stars").querySelector("input").focus();
  }
  tell("lacking", "");
  if (!state.list) return said("cannotSeal");
  const number = rating ? Number(chosen.value) : 0;
  const permit = state.permit ? state.permit.id : null;
  const sealed = await sealFeedback(state.list.feedbackKey, permit, number, at("comment").value, now());
  // Kept before anything is tried: what the screen calls kept survives everything.
  await store.add(sealed);
  remember("waiting", "yes");
  state.sealed = base43(sealed);
  showSealed();
  at("comment").value = "";
  closeWords();
  said("kept");
  at("hand").hidden = false;
  await send();
}

async function send() {
  // Asked before, so that what is said meanwhile is not taken for sent.
  const waiting = remembered("waiting");
  const { sent, left } = await store.send();
  // It may have gone from the service worker, while this page was open or closed.
  if (left === 0 && (sent > 0 || waiting)) {
    remember("waiting", "");
    at("hand").hidden = true;
    // Two that ask at once tell the same thing once.
    if (state.said !== "sent") said(state.said === "kept" ? "sent" : "taken");
  }
  if (left > 0) remember("waiting", "yes");
  if (left > 0 && navigator.serviceWorker) {
    const registration = await navigator.serviceWorker.ready;
    // Where the browser has Background Sync it sends even after the page was closed.
    if (registration.sync) await registration.sync.register("say").catch(() => {});
  }
}

// --- begin ----------------------------------------------------------------------------------------------------------

function listen() {
  at("language").addEventListener("click", () => {
    const lang = state.lang === "zh" ? "en" : "zh";
    remember("lang", lang);
    speak(lang);
  });
  at("scan").addEventListener("click", useCamera);
  at("stop").addEventListener("click", () => state.camera.abort());
  at("photo").addEventListener("change", usePhoto);
  at("typed").addEventListener("submit", useCode);
  at("refuse").addEventListener("click", () => openWords("refuse"));
  at("rate").addEventListener("click", () => openWords("rate"));
  at("cancel").addEventListener("click", closeWords);
  at("words").addEventListener("submit", say);
  at("copy").addEventListener("click", async () => {
    at("sealed").select();
    await navigator.clipboard.writeText(state.sealed);
    at("copy").textContent = words().copied;
  });
  at("share").addEventListener("click", () => navigator.share({ text: state.sealed }).catch(() => {}));
  at("share").hidden = !navigator.share;
  at("comment").maxLength = MOST;
  self.addEventListener("online", async () => {
    await refresh();
    await send();
  });
  if (navigator.serviceWorker) navigator.serviceWorker.addEventListener("message", send);
  self.addEventListener("hashchange", () => {
    takeFragment();
    judgeShown();
  });
}

async function begin() {
  listen();
  const hotline = document.body.dataset.hotline;
  at("hotline").hidden = !hotline;
  const link = at("hotline").querySelector("a");
  link.textContent = hotline;
  link.href = `tel:${hotline.replace(/[^0-9+]/g, "")}`;
  // Nothing can be asked or said here: the notice says why.
  for (const part of ["ask", "say"]) at(part).hidden = !SECURE;
  at("address").textContent = `${location.host}/p`;
  state.reads = await canRead();
  at("scan").hidden = !(state.reads && hasCamera());
  at("photo-label").hidden = !state.reads;
  at("no-scan").hidden = state.reads;
  const site = remembered("site");
  if (site && /^[0-9a-f]{32}$/.test(site)) state.site = bytesOf(site);
  const browser = navigator.language.startsWith("zh") ? "zh" : "en";
  await readKept().catch(() => {});
  const kept = remembered("lang");
  await speak(kept === "zh" || kept === "en" ? kept : browser);
  takeFragment();
  await judgeShown();
  if (navigator.serviceWorker) {
    // Both spellings of the address, because codes are written in capitals.
    for (const scope of ["/p", "/P"]) navigator.serviceWorker.register("/p/worker.js", { scope }).catch(() => {});
  }
  await refresh();
  await send();
  document.documentElement.dataset.ready = "yes";
}

begin();
