// Makes a page live and its photos large. Every page reads well without this script.

const page = document.documentElement;

// ---- "3 minutes ago", kept true ----

const relative = new Intl.RelativeTimeFormat(page.lang, { numeric: 'auto', style: 'short' });
const STEPS = [[60, 'second'], [60, 'minute'], [24, 'hour'], [Infinity, 'day']];

function ago(then, now) {
  let distance = Math.min(0, Math.round((then - now) / 1000));
  for (const [size, unit] of STEPS) {
    if (Math.abs(distance) < size) return relative.format(distance, unit);
    distance = Math.trunc(distance / size);
  }
}

function showAges(root) {
  for (const time of root.querySelectorAll('time.ago')) {
    const then = Date.parse(time.dateTime);
    if (!Number.isNaN(then)) time.textContent = ago(then, Date.now());
  }
}

// ---- live: a hint arrives, the page is fetched again, only what differs is exchanged ----

// What the server wrote for each keyed part, before this script touched it.
function parts(main) {
  const written = new Map();
  for (const part of main.querySelectorAll('[data-key]')) written.set(part.dataset.key, part.outerHTML);
  return written;
}

const find = (root, key) => root.querySelector(`[data-key="${CSS.escape(key)}"]`);

// Where a <details> is: the part around it and its place there.
function slot(details) {
  const part = details.closest('[data-key]');
  return part && `${part.dataset.key} ${[...part.querySelectorAll('details')].indexOf(details)}`;
}

// Puts the new page's `main` in place of the old one's. Parts the server wrote just as before keep their very nodes,
// and with them open details, loaded pictures and focus; the smallest parts that differ are marked.
function exchange(fresh, before, after) {
  const old = document.querySelector('main');
  const focused = document.activeElement;
  const focusKey = focused?.closest?.('[data-key]')?.dataset.key;
  const open = new Set([...old.querySelectorAll('details[open]')].map(slot));
  const scroll = [window.scrollX, window.scrollY];

  for (const part of [...fresh.querySelectorAll('[data-key]')]) {
    if (!fresh.contains(part)) continue; // went away with the part around it
    const { key } = part.dataset;
    const known = before.get(key) === after.get(key) ? find(old, key) : null;
    const whole = !before.has(key) || !part.querySelector('[data-key]');
    if (known) part.replaceWith(known);
    else if (whole && !part.parentElement.closest('.changed')) part.classList.add('changed');
  }
  for (const details of fresh.querySelectorAll('details')) if (open.has(slot(details))) details.open = true;
  old.replaceWith(fresh);
  window.scrollTo(...scroll);
  if (focused?.isConnected) focused.focus({ preventScroll: true });
  else if (focusKey) find(fresh, focusKey)?.querySelector('a, button, summary')?.focus({ preventScroll: true });
  for (const part of fresh.querySelectorAll('.changed')) {
    part.addEventListener('animationend', () => part.classList.remove('changed'), { once: true });
  }
  showAges(fresh);
}

function live(state) {
  let written = parts(document.querySelector('main'));
  let timer;
  let fetching = false;
  let again = false;

  const show = (connected) => {
    state.hidden = false;
    state.textContent = connected ? state.dataset.live : state.dataset.reconnecting;
    state.classList.toggle('reconnecting', !connected);
  };

  const refresh = async () => {
    if (fetching) {
      again = true;
      return;
    }
    fetching = true;
    again = false;
    try {
      const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, cache: 'no-store' });
      if (answer.redirected || answer.status === 401 || answer.status === 403) {
        location.reload(); // signed out, or no longer in scope: let the server say so
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const main = fresh.querySelector('main');
      const now = parts(main);
      document.querySelector('.foot').replaceWith(document.adoptNode(fresh.querySelector('.foot')));
      exchange(document.adoptNode(main), written, now);
      written = now;
    } catch {
      show(false);
      again = true;
    } finally {
      fetching = false;
    }
    if (again) soon(3000);
    else show(source.readyState === EventSource.OPEN);
  };

  const soon = (delay = 300) => {
    clearTimeout(timer);
    if (document.hidden) again = true;
    else timer = setTimeout(refresh, delay);
  };

  // From the last hint before the page was made, or the last one heard: what passed while nobody listened is told again.
  let { since } = state.dataset;
  let source;
  const connect = () => {
    source = new EventSource(`/live?since=${since}`);
    source.addEventListener('change', (hint) => {
      since = hint.lastEventId;
      soon();
    });
    source.addEventListener('open', () => show(true));
    source.addEventListener('error', () => {
      show(false);
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 15000); // the browser itself has given up
    });
  };
  connect();

  // A page kept for the back button would hold its connection; six of them are all a browser gives a site.
  addEventListener('pagehide', () => source.close());
  addEventListener('pageshow', (event) => {
    if (event.persisted) connect();
  });

  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && again) soon(0);
  });
}

// ---- photos, large ----

function lightbox(dialog) {
  const picture = dialog.querySelector('.lightbox-photo');
  const words = dialog.querySelector('.lightbox-words');
  const steps = dialog.querySelectorAll('[data-step]');
  let links = [];
  let at = 0;

  const show = (index) => {
    at = index;
    const link = links[at];
    const image = new Image();
    image.src = link.href;
    image.alt = link.querySelector('img').alt;
    picture.replaceChildren(image);
    const caption = link.closest('figure').querySelector('figcaption').cloneNode(true);
    for (const details of caption.querySelectorAll('details')) details.open = true;
    words.replaceChildren(caption);
    for (const step of steps) step.disabled = !links[at + Number(step.dataset.step)];
  };
  const step = (by) => {
    if (links[at + by]) show(at + by);
  };

  document.addEventListener('click', (event) => {
    const link = event.target.closest('.photo a');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    links = [...link.closest('.album, .thumbs').querySelectorAll('.photo a')];
    show(links.indexOf(link));
    dialog.showModal();
  });
  dialog.addEventListener('click', (event) => {
    const by = event.target.closest('[data-step]')?.dataset.step;
    if (by) step(Number(by));
    else if (event.target === dialog || event.target.closest('[data-close]')) dialog.close();
  });
  dialog.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowLeft') step(-1);
    if (event.key === 'ArrowRight') step(1);
  });
  dialog.addEventListener('close', () => {
    if (links[at]?.isConnected) links[at].focus({ preventScroll: true });
  });
}

const state = document.querySelector('.live');
if (state) live(state); // takes what the server wrote before ages change it
showAges(document);
setInterval(() => showAges(document), 30000);
const dialog = document.querySelector('.lightbox');
if (dialog) lightbox(dialog);
