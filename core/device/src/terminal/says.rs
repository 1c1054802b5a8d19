//! What a refusal means, in a sentence for who sits at the terminal. The codes are for programs, the sentences for
//! people; apps have their own words.

use crate::PhoneError;

/// What an error says on one line, without the code that stands before it.
pub(super) fn says(error: &PhoneError) -> String {
    let code = error.code();
    if let PhoneError::BadInput { detail, .. } = error
        && code == "pin-locked"
    {
        return format!("too many wrong PINs: try again in {detail} seconds");
    }
    if let PhoneError::NotAllowed { .. } | PhoneError::Server { .. } = error
        && let Some(words) = sentence(code)
    {
        return words.to_owned();
    }
    let words = error.to_string().replace('\n', " ");
    words.trim_start_matches(&format!("{code}: ")).to_owned()
}

fn sentence(code: &str) -> Option<&'static str> {
    Some(match code {
        // The phone and its folder.
        "in-use" => "the folder is open in another program; close that one first",
        "other-key" => "the device key is not the one this phone was let in under",
        "key-missing" => "the key is gone, and without it what is in the folder cannot be opened",
        "wrong-key" => "the store does not open with this key, or its first page is damaged",
        "store-encrypted" => "the store is encrypted and this program was built without encryption",
        "store-not-encrypted" => "the store is not encrypted and this program opens only encrypted ones",
        "wiped" => "the server had this phone emptied; for a new one take a new folder and a new code",
        "device-revoked" => "this phone was revoked: sync to hand over what is on it, nothing new can be begun",
        // Letting in.
        "enrol-code" => {
            "the code is wrong, used or too old, or this phone was let in already; ask the office for a new code"
        }
        "enrolled-elsewhere" => "this phone was let in at another server; take a new folder",
        "unknown-device" => "the server does not know this phone; let it in with a code",
        "other-server" => "this is not the server that the phone was let in at",
        // Who is at work.
        "pin-needed" => "this person has a PIN; give it with --pin",
        "wrong-pin" => "the PIN is wrong; after the third wrong one each means a longer wait",
        "first-pin-needed" => "a colleague has a PIN, so this person sets a first one before working",
        "first-pins-over" => "work has begun under a PIN, so no first one can be set; ask the office for a new code",
        // Permits.
        "permit-valid" => "the permit is valid here and now: start under it, there is nothing to register late",
        "not-yet" => "the first day of the permit has not come",
        "expired" => "the last day of the permit is over",
        "wrong-site" => "the permit is for another site",
        "not-on-team" => "the person at work is not on the team of the permit or inspection",
        "device-not-on-permit" => {
            "the permit does not name this phone: sync to get it anew, or show it on the person's newest phone"
        }
        "clock-doubtful" => "the phone's clock cannot be right, or was not checked for long; set it and sync",
        "unknown-key" => "the permit is signed with a key that is not on the list; sync to get the newest list",
        "no-trust-list" => "the phone has no list of keys yet; sync first",
        "revoked" => "the permit was withdrawn, or the phone that shows it was",
        "copied" => "the code does not come from a phone of the permit, or the six digits were not answered",
        "forged" => "a signature does not hold, or this is no permit at all",
        "permit-too-large" => "the permit is too large for a code that can be scanned",
        "wrong-checklist" => "this checklist is not the one that was asked for",
        // Inspections.
        "not-begun" => "nobody has begun this inspection on this phone; `start` its permit first",
        "closed" => "the inspection is closed",
        "has-left" => "the person at work has left this inspection",
        "voided" => "the inspection was voided",
        "withdrawn" => "the permit of this inspection was withdrawn",
        // Handing over.
        "nothing-to-hand-over" => "there is no inspection here that the people of that phone are on the team of",
        "photo-apart" => "this photo was declined, or refused; what is to count now must be taken now",
        "own-hand-over" => "this is this phone's own; it is for a colleague's phone",
        "other-device" => "the file was made for another phone; ask with this one and have it made anew",
        "peer-revoked" => "that phone was revoked; what is on it goes to the office",
        // The way to the server.
        "stale-counter" => "a later request of this phone came first; sync again",
        "wrong-signature" => "the signature of the request does not hold",
        "too-many" => "too many tries; wait a while",
        "busy" => "the server cannot do it now; try again later",
        "internal" => "the server failed; nothing was lost, try again later",
        "too-large" => "the request is too large for the server",
        "malformed" | "empty-body" | "truncated-body" | "frame-hash" => "the request did not arrive whole; sync again",
        "unknown-version" => "the server speaks another version; one of the two needs an update",
        "upload-capability" => "the leave to upload is over; sync again",
        "blob-hash" => "the file did not arrive whole; sync again",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wurao_protocol::standing::Standing;

    #[test]
    fn a_refusal_is_a_sentence_that_does_not_say_its_code_again() {
        for code in ["enrol-code", "wiped", "permit-valid", "expired", "wrong-site", "pin-needed", "first-pins-over"] {
            for error in
                [PhoneError::NotAllowed { code: code.to_owned() }, PhoneError::Server { code: code.to_owned() }]
            {
                let said = says(&error);
                assert!(!said.contains(code) && said.split(' ').count() > 4, "{code}: {said}");
            }
        }
        let locked = PhoneError::BadInput { code: "pin-locked".to_owned(), detail: "30".to_owned() };
        assert_eq!(says(&locked), "too many wrong PINs: try again in 30 seconds");
    }

    #[test]
    fn every_red_verdict_has_a_sentence() {
        use Standing::{Copied, Expired, Forged, NotOnTeam, NotYet, Revoked, UnknownKey, WrongSite};
        for red in [Copied, Expired, Forged, NotOnTeam, NotYet, Revoked { as_of_s: 1 }, UnknownKey, WrongSite] {
            assert!(sentence(red.code()).is_some(), "{red:?}");
        }
    }
}
