// A permit as a phone shows it: the text of its QR code. In the text stands only what the reader cannot write again:
//
//   0   1  version, 1                          106   4  half minute, big endian
//   1   8  key id of the permit's signature    110   3  challenge, big endian; ff ff ff when none was asked for
//   9  64  the permit's signature              113  64  the phone's signature
//  73  33  the phone's key, compressed SEC 1   177      the permit's payload

import { decode as base43 } from "./base43.js";
import { Malformed, decode, encode, fields, is, maybe } from "./cbor.js";
import { assemble, open } from "./cose.js";
import { thumbprint } from "./key.js";

const FIXED = 177;
const NO_CHALLENGE = 0xffffff;
const CHALLENGES = 1000000;

// The record in a text: the whole address, or what stands after its `#` alone.
export async function parse(text) {
  const bytes = base43(text.trim().split("#").pop());
  if (bytes.length < FIXED || bytes[0] !== 1) throw new Malformed("not a shown permit");
  const part = (from, length) => bytes.slice(from, from + length);
  const number = (from, length) => part(from, length).reduce((sum, byte) => sum * 256 + byte, 0);
  const permit = assemble("permit", part(1, 8), bytes.slice(FIXED), part(9, 64));
  const key = part(73, 33);
  const challenge = number(110, 3);
  if (challenge !== NO_CHALLENGE && challenge >= CHALLENGES) throw new Malformed("not a shown permit");
  const shown = new Map([[0, permit], [1, key], [2, number(106, 4)]]);
  if (challenge !== NO_CHALLENGE) shown.set(3, challenge);
  const name = (await thumbprint(key)).slice(0, 8);
  return assemble("presentation", name, encode(shown), part(113, 64));
}

// A record that was shown, taken apart; its signature is not yet checked.
export function read(bytes) {
  const envelope = open(bytes, "presentation");
  const body = fields(decode(envelope.payload), [
    [0, "permit", is.bytes()],
    [1, "key", is.bytes(33)],
    [2, "halfMinute", is.unsigned(64)],
    [3, "challenge", maybe(is.unsigned(32))],
  ]);
  return { envelope, ...body };
}
