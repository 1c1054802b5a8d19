// Deterministic CBOR (RFC 8949, 4.2.1), as much of it as Wurao's records use: whole numbers, bytes, text, lists, maps,
// true and false, tags. One value has one spelling; every other spelling is refused.

export class Malformed extends Error {}

const DEEPEST = 8;
const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export class Tagged {
  constructor(tag, value) {
    this.tag = tag;
    this.value = value;
  }
}

// The value that all of these bytes spell. Numbers are Number, or BigInt where Number is not exact; maps are Map.
export function decode(bytes) {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  if (reader.at !== bytes.length) throw new Malformed("trailing bytes");
  return value;
}

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  take(count) {
    if (count > this.bytes.length - this.at) throw new Malformed("ends too early");
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  // The number that goes with a first byte, in its shortest spelling.
  argument(info) {
    if (info < 24) return info;
    if (info > 27) throw new Malformed("indefinite length");
    const size = 1 << (info - 24);
    let value = 0n;
    for (const byte of this.take(size)) value = (value << 8n) | BigInt(byte);
    const least = size === 1 ? 24n : 1n << BigInt(size * 4);
    if (value < least) throw new Malformed("a longer spelling than need be");
    return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }

  length(info) {
    const length = this.argument(info);
    if (length > this.bytes.length) throw new Malformed("ends too early");
    return length;
  }

  value(depth) {
    if (depth > DEEPEST) throw new Malformed("too deep");
    const first = this.take(1)[0];
    const info = first & 31;
    switch (first >> 5) {
      case 0:
        return this.argument(info);
      case 1: {
        const value = -1n - BigInt(this.argument(info));
        return value >= Number.MIN_SAFE_INTEGER ? Number(value) : value;
      }
      case 2:
        return this.take(this.length(info)).slice();
      case 3:
        try {
          return text.decode(this.take(this.length(info)));
        } catch (error) {
          throw error instanceof Malformed ? error : new Malformed("not UTF-8");
        }
      case 4: {
        const list = [];
        for (let left = this.length(info); left > 0; left--) list.push(this.value(depth + 1));
        return list;
      }
      case 5:
        return this.map(this.length(info), depth);
      case 6:
        return new Tagged(this.argument(info), this.value(depth + 1));
      default:
        if (first === 0xf4) return false;
        if (first === 0xf5) return true;
        throw new Malformed("a value that no record holds");
    }
  }

  map(count, depth) {
    const map = new Map();
    let before = null;
    for (let left = count; left > 0; left--) {
      const from = this.at;
      const key = this.value(depth + 1);
      const spelled = this.bytes.subarray(from, this.at);
      if (before && compare(before, spelled) >= 0) throw new Malformed("keys out of order");
      before = spelled;
      map.set(key, this.value(depth + 1));
    }
    return map;
  }
}

function compare(a, b) {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

// The bytes of a value. The keys of a Map must come in order.
export function encode(value) {
  if (value === false) return Uint8Array.of(0xf4);
  if (value === true) return Uint8Array.of(0xf5);
  if (typeof value === "number" || typeof value === "bigint") {
    const number = BigInt(value);
    return number < 0n ? head(1, -1n - number) : head(0, number);
  }
  if (typeof value === "string") {
    const bytes = new TextEncoder().encode(value);
    return join([head(3, bytes.length), bytes]);
  }
  if (value instanceof Uint8Array) return join([head(2, value.length), value]);
  if (Array.isArray(value)) return join([head(4, value.length), ...value.map(encode)]);
  if (value instanceof Map) {
    const pairs = [...value].map(([key, item]) => join([encode(key), encode(item)]));
    return join([head(5, value.size), ...pairs]);
  }
  throw new TypeError("no CBOR for this");
}

function head(major, value) {
  const number = BigInt(value);
  if (number < 24n) return Uint8Array.of((major << 5) | Number(number));
  const size = number < 256n ? 1 : number < 65536n ? 2 : number < 4294967296n ? 4 : 8;
  const bytes = new Uint8Array(1 + size);
  bytes[0] = (major << 5) | (24 + Math.log2(size));
  for (let i = 0; i < size; i++) bytes[size - i] = Number((number >> BigInt(8 * i)) & 255n);
  return bytes;
}

export function join(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function same(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

// What a map of numbered fields holds, by name. `shape` is a list of [key, name, reader]; a reader throws at what it
// cannot be, and one made by `maybe` lets the key be left out. A key that is not in the shape is refused.
export function fields(map, shape) {
  if (!(map instanceof Map)) throw new Malformed("not a map");
  const found = {};
  let used = 0;
  for (const [key, name, read] of shape) {
    if (map.has(key)) {
      found[name] = read(map.get(key));
      used++;
    } else if (read.mayLack) {
      found[name] = null;
    } else {
      throw new Malformed(`no ${name}`);
    }
  }
  if (used !== map.size) throw new Malformed("an unknown key");
  return found;
}

// The same for a list whose fields are told by their place.
export function row(shape) {
  return (value) => {
    if (!Array.isArray(value) || value.length !== shape.length) throw new Malformed("not a list of these fields");
    return Object.fromEntries(shape.map(([name, read], at) => [name, read(value[at])]));
  };
}

export function maybe(read) {
  const reader = (value) => read(value);
  reader.mayLack = true;
  return reader;
}

export const is = {
  bytes: (length) => (value) => {
    if (!(value instanceof Uint8Array) || (length !== undefined && value.length !== length)) {
      throw new Malformed("not these bytes");
    }
    return value;
  },
  string: (value) => {
    if (typeof value !== "string") throw new Malformed("not text");
    return value;
  },
  truth: (value) => {
    if (typeof value !== "boolean") throw new Malformed("neither true nor false");
    return value;
  },
  list: (read) => (value) => {
    if (!Array.isArray(value)) throw new Malformed("not a list");
    return value.map(read);
  },
  // A whole number of so many bits; BigInt where Number is not exact.
  unsigned: (bits) => (value) => whole(value, 0n, (1n << BigInt(bits)) - 1n),
  signed: (bits) => (value) => whole(value, -(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n),
};

function whole(value, least, most) {
  const isNumber = typeof value === "number" || typeof value === "bigint";
  if (!isNumber || value < least || value > most) throw new Malformed("not a number of this size");
  return value;
}
