// What a permit says: a CBOR Web Token (RFC 8392) as the payload of a record.

import { decode, fields, is, row } from "./cbor.js";

const id = is.bytes(16);
const words = (value) => fields(value, [[0, "zh", is.string], [1, "en", is.string]]);
const member = row([["person", id], ["name", is.string]]);

const visit = row([
  ["planItem", id],
  ["number", is.string],
  ["adHoc", is.truth],
  ["body", id],
  ["bodyName", words],
  ["purpose", words],
  ["site", id],
  ["siteName", words],
  ["checklist", is.bytes(32)],
  ["team", is.list(member)],
  ["devices", is.list(id)],
  ["visits", is.unsigned(16)],
  ["document", id],
]);

// The permit in the payload of an envelope.
export function permit(envelope) {
  return fields(decode(envelope.payload), [
    [4, "expires", is.signed(64)],
    [5, "notBefore", is.signed(64)],
    [6, "issued", is.signed(64)],
    [7, "id", id],
    [-65537, "visit", visit],
  ]);
}
