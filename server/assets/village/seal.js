// A message for one reader: HPKE (RFC 9180) in base mode with DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and AES-128-GCM,
// by the browser's WebCrypto. 65 bytes of encapsulated key, then the ciphertext with its tag.

import { join } from "./cbor.js";
import { uncompressed } from "./key.js";

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const latin = (text) => new TextEncoder().encode(text);
const two = (number) => Uint8Array.of(number >> 8, number & 255);

const KEM = join([latin("KEM"), two(0x0010)]);
const SUITE = join([latin("HPKE"), two(0x0010), two(0x0001), two(0x0001)]);
const NONE = new Uint8Array(0);

// Seals a message for the holder of a key. The purpose is mixed in: it opens for no other.
export async function seal(recipient, purpose, plaintext) {
  const own = await crypto.subtle.generateKey(CURVE, true, ["deriveBits"]);
  const point = uncompressed(recipient);
  const theirs = await crypto.subtle.importKey("raw", point, CURVE, false, []);
  const enclosed = new Uint8Array(await crypto.subtle.exportKey("raw", own.publicKey));
  const shared = new Uint8Array(
    await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, own.privateKey, 256),
  );
  // DHKEM: ExtractAndExpand.
  const first = await extract(KEM, NONE, "eae_prk", shared);
  const secret = await expand(KEM, first, "shared_secret", join([enclosed, point]), 32);
  // Key schedule, base mode.
  const named = await extract(SUITE, NONE, "psk_id_hash", NONE);
  const about = await extract(SUITE, NONE, "info_hash", purpose);
  const context = join([Uint8Array.of(0), named, about]);
  const schedule = await extract(SUITE, secret, "secret", NONE);
  const key = await expand(SUITE, schedule, "key", context, 16);
  const nonce = await expand(SUITE, schedule, "base_nonce", context, 12);
  const aes = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
  return join([enclosed, new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, aes, plaintext))]);
}

async function mac(key, data) {
  // HMAC fills a short key up with zeros; WebCrypto alone refuses one of no bytes.
  const filled = key.length === 0 ? new Uint8Array(32) : key;
  const imported = await crypto.subtle.importKey("raw", filled, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, data));
}

function extract(suite, salt, label, material) {
  return mac(salt, join([latin("HPKE-v1"), suite, latin(label), material]));
}

// One block of HKDF is as much as is ever asked for here.
async function expand(suite, key, label, info, length) {
  const labelled = join([two(length), latin("HPKE-v1"), suite, latin(label), info]);
  return (await mac(key, join([labelled, Uint8Array.of(1)]))).slice(0, length);
}
