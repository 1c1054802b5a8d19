// Bytes as text that rides well in a QR code and in an address. Two bytes are three characters, a last odd one two;
// the first character is the lowest digit. One value has one spelling.

import { Malformed } from "./cbor.js";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$*+-./:";

export function encode(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 2) {
    const two = at + 1 < bytes.length;
    let rest = two ? bytes[at] * 256 + bytes[at + 1] : bytes[at];
    for (let digits = two ? 3 : 2; digits > 0; digits--) {
      text += ALPHABET[rest % 43];
      rest = Math.floor(rest / 43);
    }
  }
  return text;
}

export function decode(text) {
  const bytes = [];
  for (let at = 0; at < text.length; at += 3) {
    const group = text.slice(at, at + 3);
    if (group.length === 1) throw new Malformed("no whole number of bytes");
    let value = 0;
    for (const character of [...group].reverse()) {
      const digit = ALPHABET.indexOf(character);
      if (digit < 0) throw new Malformed("no digit of base 43");
      value = value * 43 + digit;
    }
    if (value >= (group.length === 3 ? 65536 : 256)) throw new Malformed("digits too large");
    if (group.length === 3) bytes.push(value >> 8);
    bytes.push(value & 255);
  }
  return Uint8Array.from(bytes);
}
