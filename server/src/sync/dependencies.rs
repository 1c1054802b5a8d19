//! The dependencies of a change that may not pass the gate: a refused change must not hide which heads a push signs.

use wurao_protocol::Digest;

/// Magic, checksum and chunk type, before the length.
const ENVELOPE: usize = 9;

/// The hashes that stand right behind the envelope of a raw change; none when it ends too early.
pub(super) fn dependencies(change: &[u8]) -> Option<Vec<Digest>> {
    let (_length, rest) = number(change.get(ENVELOPE..)?)?;
    let (count, rest) = number(rest)?;
    let hashes = rest.get(..usize::try_from(count).ok()?.checked_mul(32)?)?;
    hashes.chunks(32).map(|hash| Digest::try_from(hash).ok()).collect()
}

/// An unsigned LEB128 number and what follows it.
fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().enumerate().take(9) {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[at + 1..]));
        }
    }
    None
}
