// A sealed text as a QR code (ISO/IEC 18004): alphanumeric, level L, the smallest version that holds it. The page must draw it
// without a network, so this is here and not asked of the server. What is sealed looks like chance, so one mask is as
// good as any: the standard's search for the best of eight is absent on purpose.

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
// Level L, by version from 1: check bytes of one block, and blocks (table 9).
const CHECKS = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28];
const BLOCKS = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9];
const QUIET = 4;

// Rows of booleans, dark is true; null when the text is too long for the versions here.
export function modules(text) {
  for (let version = 1; version <= CHECKS.length; version++) {
    const blocks = BLOCKS[version - 1];
    const checks = CHECKS[version - 1];
    const whole = Math.floor(bitsOf(version) / 8);
    const data = dataBytes(text, version, whole - blocks * checks);
    if (data) return draw(version, interleave(data, whole, blocks, checks));
  }
  return null;
}

// The same as a picture that grows with the page.
export function picture(rows, label) {
  const make = (name, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const side = rows.length + 2 * QUIET;
  const dark = rows.flatMap((row, y) => row.flatMap((on, x) => (on ? [`M${x + QUIET} ${y + QUIET}h1v1h-1z`] : [])));
  const svg = make("svg", { viewBox: `0 0 ${side} ${side}`, role: "img", "aria-label": label, "shape-rendering": "crispEdges" });
  svg.append(make("rect", { width: side, height: side, fill: "#fff" }), make("path", { d: dark.join("") }));
  return svg;
}

// How many modules of a version carry data and checks.
function bitsOf(version) {
  const across = alignments(version).length;
  const aligned = across ? 25 * (across * across - 3) - 10 * (across - 2) : 0;
  return (16 * version + 128) * version + 64 - aligned - (version >= 7 ? 36 : 0);
}

// Where the middles of the small squares lie.
function alignments(version) {
  if (version === 1) return [];
  const across = Math.floor(version / 7) + 2;
  const step = 2 * Math.ceil((version * 4 + 4) / (across * 2 - 2));
  const last = version * 4 + 10;
  return [6, ...Array.from({ length: across - 1 }, (_, at) => last - step * (across - 2 - at))];
}

function dataBytes(text, version, room) {
  const bits = [];
  const put = (value, length) => {
    for (let at = length - 1; at >= 0; at--) bits.push((value >> at) & 1);
  };
  put(2, 4);
  put(text.length, version < 10 ? 9 : 11);
  for (let at = 0; at < text.length; at += 2) {
    const [first, second] = [...text.slice(at, at + 2)].map((character) => ALPHABET.indexOf(character));
    if (first < 0 || second < 0) throw new RangeError("no alphanumeric text");
    if (second === undefined) put(first, 6);
    else put(first * 45 + second, 11);
  }
  if (bits.length > room * 8) return null;
  put(0, Math.min(4, room * 8 - bits.length));
  while (bits.length % 8) bits.push(0);
  for (let filler = 0xec; bits.length < room * 8; filler ^= 0xfd) put(filler, 8);
  return Array.from({ length: room }, (_, at) => bits.slice(at * 8, at * 8 + 8).reduce((byte, bit) => byte * 2 + bit, 0));
}

// A product in the field of 256 elements that the standard names.
function times(a, b) {
  let product = 0;
  for (let at = 7; at >= 0; at--) product = (product << 1) ^ ((product >> 7) * 0x11d) ^ (((b >> at) & 1) * a);
  return product;
}

function checksOf(block, count) {
  const divisor = [...Array(count - 1).fill(0), 1];
  for (let at = 0, root = 1; at < count; at++, root = times(root, 2)) {
    for (let of = 0; of < count; of++) divisor[of] = times(divisor[of], root) ^ (divisor[of + 1] ?? 0);
  }
  const rest = Array(count).fill(0);
  for (const byte of block) {
    const factor = byte ^ rest.shift();
    rest.push(0);
    divisor.forEach((of, at) => (rest[at] ^= times(of, factor)));
  }
  return rest;
}

// Blocks of data, the shorter ones first, then their checks, each taken in turn.
function interleave(data, whole, count, checks) {
  const short = Math.floor(whole / count) - checks;
  const shorter = count - (whole % count);
  const blocks = Array.from({ length: count }, (_, at) => {
    const from = at * short + Math.max(0, at - shorter);
    return data.slice(from, from + short + (at < shorter ? 0 : 1));
  });
  const turns = (rows, length) => Array.from({ length }, (_, at) => rows.filter((row) => at < row.length).map((row) => row[at])).flat();
  return [...turns(blocks, short + 1), ...turns(blocks.map((block) => checksOf(block, checks)), checks)];
}

function draw(version, bytes) {
  const size = version * 4 + 17;
  const rows = Array.from({ length: size }, () => Array(size).fill(null));
  const put = (x, y, dark) => {
    if (x >= 0 && y >= 0 && x < size && y < size) rows[y][x] = Boolean(dark);
  };
  const square = (left, top, reach, dark) => {
    for (let y = -reach; y <= reach; y++) {
      for (let x = -reach; x <= reach; x++) put(left + x, top + y, dark(Math.max(Math.abs(x), Math.abs(y))));
    }
  };
  for (let at = 0; at < size; at++) {
    put(6, at, at % 2 === 0);
    put(at, 6, at % 2 === 0);
  }
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) square(x, y, 4, (ring) => ring !== 2 && ring !== 4);
  const middles = alignments(version);
  const last = middles.length - 1;
  middles.forEach((y, row) => {
    middles.forEach((x, column) => {
      const corner = (row === 0 && column === 0) || (row === 0 && column === last) || (row === last && column === 0);
      if (!corner) square(x, y, 2, (ring) => ring !== 1);
    });
  });
  about(size, version, put);
  fill(size, rows, bytes);
  return rows;
}

// Level and mask, and from version 7 on the version, each twice.
function about(size, version, put) {
  const rest = (value, length, polynomial) => {
    let left = value;
    for (let at = 0; at < length; at++) left = (left << 1) ^ ((left >> (length - 1)) * polynomial);
    return (value << length) | left;
  };
  // Level L is 01, and the mask number 0.
  const format = rest(0b01000, 10, 0x537) ^ 0x5412;
  for (let at = 0; at < 15; at++) {
    const dark = (format >> at) & 1;
    if (at < 6) put(8, at, dark);
    else if (at < 8) put(8, at + 1, dark);
    else put(at === 8 ? 7 : 14 - at, 8, dark);
    if (at < 8) put(size - 1 - at, 8, dark);
    else put(8, size - 15 + at, dark);
  }
  put(8, size - 8, true);
  if (version < 7) return;
  const bits = rest(version, 12, 0x1f25);
  for (let at = 0; at < 18; at++) {
    const [far, near, dark] = [size - 11 + (at % 3), Math.floor(at / 3), (bits >> at) & 1];
    put(far, near, dark);
    put(near, far, dark);
  }
}

// Upwards and downwards in columns of two from the right, past the column that only measures.
function fill(size, rows, bytes) {
  let bit = 0;
  for (let right = size - 1, up = true; right >= 1; right -= 2, up = !up) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      const y = up ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (rows[y][x] !== null) continue;
        const dark = ((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1;
        rows[y][x] = Boolean(dark) !== ((x + y) % 2 === 0);
        bit++;
      }
    }
  }
}
