// What a village says of a visit, sealed to the server: whoever carries it cannot read it.

import { encode } from "./cbor.js";
import { seal } from "./seal.js";

// The most characters of a comment.
export const MOST = 200;

const PURPOSE = new TextEncoder().encode("wurao-feedback-1");

// Seals a refusal (0) or a rating (1 to 5). `permit` is the permit's id, or null when there was no code to read.
export async function sealFeedback(feedbackKey, permit, said, comment, now) {
  const words = [...comment.trim()].slice(0, MOST).join("");
  const body = new Map();
  if (permit) body.set(0, permit);
  body.set(1, said);
  if (words) body.set(2, words);
  body.set(3, now);
  body.set(4, crypto.getRandomValues(new Uint8Array(16)));
  return seal(feedbackKey, PURPOSE, encode(body));
}
