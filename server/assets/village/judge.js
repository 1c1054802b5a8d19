// How a shown permit stands. Of several reasons the one that weighs most is said: forged, unknown key, revoked,
// copied, wrong site, clock doubtful, not yet or expired, stale, list too old. Revoked is the permit's key, then the
// permit, then the phone that shows it. The phones make the same judgement in another language; both are held to it by
// the same cases.

import { same } from "./cbor.js";
import { holds, open } from "./cose.js";
import { thumbprint, uncompressed } from "./key.js";
import { permit as readPermit } from "./permit.js";
import { parse, read } from "./shown.js";
import { isOld, says, saysOfPhone } from "./trust.js";

// A code of another moment than this, and without an answered challenge, is stale; seconds.
const STALE = 90;

const UNREADABLE = { code: "forged", permit: null, device: null, shown: null };

// Judges a text, as it was scanned. The question: `site` (bytes, or null), `now` (seconds), `clockDoubtful`,
// `challenge` (a number, or null).
export async function judgeText(text, trust, question) {
  let bytes;
  try {
    bytes = await parse(text);
  } catch {
    return UNREADABLE;
  }
  return judge(bytes, trust, question);
}

// Judges the record of a shown permit.
export async function judge(bytes, trust, question) {
  let shown, envelope, permit;
  try {
    shown = read(bytes);
    envelope = open(shown.permit, "permit");
    permit = readPermit(envelope);
    uncompressed(shown.key);
  } catch {
    return UNREADABLE;
  }
  const device = (await thumbprint(shown.key)).slice(0, 16);
  const known = { permit, device, shown: Number(shown.halfMinute) * 30 };
  const said = await says(trust, envelope, permit);
  if (said.code === "forged" || !(await holds(shown.envelope, shown.key))) return { code: "forged", ...known };
  if (said.code !== "valid") return { ...said, ...known };
  const ofPhone = saysOfPhone(trust, device);
  if (ofPhone.code !== "valid") return { ...ofPhone, ...known };
  return { code: circumstances(permit, shown, known, trust, question), ...known };
}

// Judges the bare record of a permit, found by its short code: whoever names the code need not be who it is for.
export async function judgeBare(bytes, trust, question) {
  let envelope, permit;
  try {
    envelope = open(bytes, "permit");
    permit = readPermit(envelope);
  } catch {
    return UNREADABLE;
  }
  const known = { permit, device: null, shown: null };
  const said = await says(trust, envelope, permit);
  if (said.code !== "valid") return { ...said, ...known };
  return { code: here(permit, question, trust, true), ...known };
}

// The rest, of a permit and a phone that the list has nothing against.
function circumstances(permit, shown, { device, shown: at }, trust, question) {
  const asked = question.challenge !== null;
  const answered = asked && question.challenge === shown.challenge;
  const own = permit.visit.devices.some((known) => same(known, device));
  if (!own || (asked && !answered)) return "copied";
  return here(permit, question, trust, answered || Math.abs(at - question.now) <= STALE);
}

function here(permit, question, trust, fresh) {
  if (question.site && !same(question.site, permit.visit.site)) return "wrong-site";
  if (question.clockDoubtful) return "clock-doubtful";
  if (question.now < permit.notBefore) return "not-yet";
  if (question.now >= permit.expires) return "expired";
  if (!fresh) return "stale";
  return isOld(trust, question.now) ? "trust-old" : "valid";
}
