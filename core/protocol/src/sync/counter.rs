//! How far a server has heard a phone. A request below that is refused, and the phone goes on after what it is told: it was
//! brought back from a backup, or lives twice. Whoever stands between could tell it any number and use its counter up, so what
//! the server says is signed; and no request leaps so far that a phone that lives twice could leave the other no number.

use crate::DeviceId;
use crate::key::{KeyError, PublicKey, Signer};

/// The header of an answer `stale-counter`: the highest counter that the server has heard of this phone.
pub const COUNTER_HEADER: &str = "wurao-counter";
/// The one beside it: the server's signature over that, in hexadecimal digits.
pub const COUNTER_PROOF_HEADER: &str = "wurao-counter-proof";
/// How far above the counter before it a request's may be. A phone makes a request every few minutes and a server is restored
/// from a backup of days ago: honest phones leap by thousands.
pub const MAX_LEAP: u64 = 1 << 32;

/// Keeps the signature apart from those over other things.
const DOMAIN: &[u8] = b"wurao counter";

/// What the second header says.
///
/// # Errors
/// When the key does not sign.
pub fn prove(key: &dyn Signer, device: &DeviceId, counter: u64) -> Result<String, KeyError> {
    Ok(hex::encode(key.sign(&said(device, counter))?))
}

/// Whether the server with this key has said so.
pub fn is_proven(key: &PublicKey, device: &DeviceId, counter: u64, proof: &str) -> bool {
    let mut signature = [0; 64];
    hex::decode_to_slice(proof, &mut signature).is_ok() && key.verify(&said(device, counter), &signature).is_ok()
}

fn said(device: &DeviceId, counter: u64) -> Vec<u8> {
    [DOMAIN, &device.0, &counter.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SoftwareKey;

    #[test]
    fn only_the_server_says_how_far_it_has_heard_whom() {
        let [server, other] = [7, 8].map(|byte| SoftwareKey::from_bytes(&[byte; 32]).unwrap());
        let (device, another) = (DeviceId([1; 16]), DeviceId([2; 16]));
        let proof = prove(&server, &device, 900).unwrap();
        assert!(is_proven(&server.public(), &device, 900, &proof));
        assert!(!is_proven(&other.public(), &device, 900, &proof));
        assert!(!is_proven(&server.public(), &another, 900, &proof));
        assert!(!is_proven(&server.public(), &device, 901, &proof));
        for nonsense in ["", "00", &proof[1..], &format!("{proof}00"), &"水".repeat(43)] {
            assert!(!is_proven(&server.public(), &device, 900, nonsense));
        }
    }
}
