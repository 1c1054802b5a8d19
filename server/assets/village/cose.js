// The envelope of a record: COSE_Sign1 (RFC 9052) with one spelling and nothing that is not signed.
//
//   18([ protected, {}, payload, signature ])
//   protected  { 1: -7 (ES256), 3: "wurao/<kind>", 4: first 8 bytes of the signing key's thumbprint }

import { Malformed, Tagged, decode, encode, fields, is, join, same } from "./cbor.js";
import { thumbprint, verify } from "./key.js";

// What is mixed into every signature of this lane, so that it is good in no other.
const LANE = new TextEncoder().encode("wurao-record-1");
const MOST = 1 << 20;

// A record of this kind taken apart, its signature not yet checked.
export function open(bytes, kind) {
  if (bytes.length > MOST) throw new Malformed("too large for a record");
  const sign1 = decode(bytes);
  if (!(sign1 instanceof Tagged) || sign1.tag !== 18) throw new Malformed("not a record");
  if (!Array.isArray(sign1.value) || sign1.value.length !== 4) throw new Malformed("not a record");
  const [header, bare, payload, signature] = sign1.value;
  if (!(bare instanceof Map) || bare.size !== 0) throw new Malformed("something is not signed");
  const said = fields(decode(is.bytes()(header)), [
    [1, "algorithm", is.signed(64)],
    [3, "kind", is.string],
    [4, "key", is.bytes(8)],
  ]);
  if (said.algorithm !== -7) throw new Malformed("an algorithm that is not taken");
  if (said.kind !== `wurao/${kind}`) throw new Malformed(`not a ${kind}`);
  return {
    key: said.key,
    payload: is.bytes()(payload),
    signature: is.bytes(64)(signature),
    signed: encode(["Signature1", header, LANE, payload]),
  };
}

// The record of these parts, whoever signed it.
export function assemble(kind, key, payload, signature) {
  const header = encode(new Map([[1, -7], [3, `wurao/${kind}`], [4, key]]));
  return join([Uint8Array.of(0xd2), encode([header, new Map(), payload, signature])]);
}

// Whether this key is the one the record names.
export async function names(envelope, compressed) {
  return same((await thumbprint(compressed)).subarray(0, 8), envelope.key);
}

// Whether this key signed the record.
export async function holds(envelope, compressed) {
  return (await names(envelope, compressed)) && verify(compressed, envelope.signed, envelope.signature);
}
