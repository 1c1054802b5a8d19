// P-256 public keys and ES256 signatures, by the browser's WebCrypto. A key and a signature have one spelling each.

import { Malformed, join } from "./cbor.js";

const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const HALF_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n >> 1n;

// The 65 bytes of the point whose 33 bytes of compressed SEC 1 these are: older browsers import no other form.
export function uncompressed(bytes) {
  if (bytes.length !== 33 || (bytes[0] !== 2 && bytes[0] !== 3)) throw new Malformed("not a key");
  const x = number(bytes.subarray(1));
  if (x >= P) throw new Malformed("not a key");
  const square = (x * x * x - 3n * x + B) % P;
  const root = power(((square % P) + P) % P, (P + 1n) / 4n);
  if ((root * root - square) % P !== 0n) throw new Malformed("not a point of the curve");
  const y = (root & 1n) === BigInt(bytes[0] & 1) ? root : P - root;
  return join([Uint8Array.of(4), bytes.subarray(1), thirtyTwo(y)]);
}

// The thumbprint of RFC 9679: SHA-256 over the deterministic COSE_Key of kty, crv, x and y.
export async function thumbprint(compressed) {
  const point = uncompressed(compressed);
  const spelled = join([
    Uint8Array.of(0xa4, 0x01, 0x02, 0x20, 0x01, 0x21, 0x58, 0x20),
    point.subarray(1, 33),
    Uint8Array.of(0x22, 0x58, 0x20),
    point.subarray(33),
  ]);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", spelled));
}

// Whether this key made this signature (r then s) over the data. The high-S twin of a signature is none.
export async function verify(compressed, data, signature) {
  if (signature.length !== 64 || number(signature.subarray(32)) > HALF_ORDER) return false;
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.importKey("raw", uncompressed(compressed), algorithm, false, ["verify"]);
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, data);
}

function number(bytes) {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

function thirtyTwo(value) {
  const bytes = new Uint8Array(32);
  for (let i = 31; i >= 0; i--, value >>= 8n) bytes[i] = Number(value & 255n);
  return bytes;
}

function power(base, exponent) {
  let result = 1n;
  for (; exponent > 0n; exponent >>= 1n, base = (base * base) % P) if (exponent & 1n) result = (result * base) % P;
  return result;
}
