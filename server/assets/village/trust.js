// What to believe of permits: the keys that sign them, what was withdrawn, and which phones show none any more.

import { decode, fields, is, join, maybe, same } from "./cbor.js";
import { holds, names, open } from "./cose.js";

// The end of patience with a list, seconds: an older one cannot rule out a withdrawal.
const OLD = 30 * 24 * 3600;

const second = is.signed(64);
const key = (value) =>
  fields(value, [
    [0, "key", is.bytes(33)],
    [1, "from", second],
    [2, "until", maybe(second)],
    [3, "revoked", maybe(second)],
  ]);
const revocation = (value) =>
  fields(value, [
    [0, "mark", is.bytes(16)],
    [1, "at", second],
  ]);
const phone = (value) =>
  fields(value, [
    [0, "device", is.bytes(16)],
    [1, "at", second],
  ]);
const MARKED = new TextEncoder().encode("wurao withdrawn");

// A list that is one, signed by another key than the one this phone knows.
export class OtherKey extends Error {}

// The list in a record that the server's key signed; throws when it is not that.
export async function read(bytes, serverKey) {
  const envelope = open(bytes, "trust-list");
  const list = fields(decode(envelope.payload), [
    [0, "sequence", is.unsigned(64)],
    [1, "at", second],
    [2, "goodUntil", second],
    [3, "keys", is.list(key)],
    [4, "revoked", is.list(revocation)],
    [5, "feedbackKey", is.bytes(33)],
    [6, "drainKey", is.bytes(33)],
    [7, "phones", is.list(phone)],
  ]);
  if (!(await holds(envelope, serverKey))) throw new OtherKey("the list is not signed by the server's key");
  return list;
}

// A list of a lower sequence never replaces one of a higher.
export function newer(list, than) {
  return !than || list.sequence > than.sequence;
}

// What the list says of a permit, whatever the place and the hour.
export async function says(list, envelope, permit) {
  const known = await find(list.keys, envelope);
  if (!known) return { code: "unknown-key" };
  if (!(await holds(envelope, known.key))) return { code: "forged" };
  if (known.revoked !== null) return { code: "revoked", asOf: known.revoked };
  const inItsTime = permit.issued >= known.from && (known.until === null || permit.issued < known.until);
  if (!inItsTime) return { code: "unknown-key" };
  const own = await mark(permit.id);
  return against(list.revoked.find((entry) => same(entry.mark, own)));
}

// What the list says of a phone that shows a permit which it has nothing against.
export function saysOfPhone(list, device) {
  return against(list.phones.find((entry) => same(entry.device, device)));
}

function against(entry) {
  return entry ? { code: "revoked", asOf: entry.at } : { code: "valid" };
}

// What the list calls a permit: it is public, and shall lead nobody to a withdrawn visit.
async function mark(id) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", join([MARKED, id]))).slice(0, 16);
}

async function find(keys, envelope) {
  for (const candidate of keys) {
    try {
      if (await names(envelope, candidate.key)) return candidate;
    } catch {
      // Bytes that are no key sign nothing.
    }
  }
  return null;
}

// Whether it is too old to rule out a withdrawal.
export function isOld(list, now) {
  return now >= list.goodUntil || now - Number(list.at) > OLD;
}
