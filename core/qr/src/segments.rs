//! The shortest mixture of modes for a text.
//!
//! The encoder's own search goes from left to right and joins neighbours; after one `#` it may stay in byte mode to the
//! end of a long text that alternates letters and digits. Here every mixture is weighed: one pass that keeps the best
//! way to be in each mode.

use qrcode::Version;
use qrcode::optimize::Segment;
use qrcode::types::Mode;

const MODES: [Mode; 3] = [Mode::Numeric, Mode::Alphanumeric, Mode::Byte];

/// Cost in sixths of a bit: digits take ten thirds of a bit, capitals eleven halves.
const SIXTHS: usize = 6;

/// The segments whose sum is least, for versions of this class.
pub(crate) fn shortest(data: &[u8], class: Version) -> Vec<Segment> {
    let head = |mode: Mode| (class.mode_bits_count() + mode.length_bits_count(class)) * SIXTHS;
    // For each mode: the least cost of all before here when this mode is open.
    let mut open: [Option<usize>; 3] = MODES.map(|mode| Some(head(mode)));
    let mut came_from: Vec<[usize; 3]> = Vec::with_capacity(data.len());
    for byte in data {
        let after: Vec<Option<usize>> = (0..3).map(|m| Some(open[m]? + sixths_of(MODES[m], *byte)?)).collect();
        let mut next = [None; 3];
        let mut from = [0; 3];
        for to in 0..3 {
            for (m, cost) in after.iter().enumerate() {
                let Some(cost) = *cost else { continue };
                // A segment that ends takes whole bits.
                let cost = if m == to { cost } else { cost.next_multiple_of(SIXTHS) + head(MODES[to]) };
                if next[to].is_none_or(|best| cost < best) {
                    (next[to], from[to]) = (Some(cost), m);
                }
            }
        }
        open = next;
        came_from.push(from);
    }
    trace(&came_from, &open)
}

/// The way back: which mode each byte was written in, then neighbours of one mode as one segment.
fn trace(came_from: &[[usize; 3]], open: &[Option<usize>; 3]) -> Vec<Segment> {
    let cost = |m: &usize| open[*m].map_or(usize::MAX, |cost| cost.next_multiple_of(SIXTHS));
    let mut mode = (0..3).min_by_key(cost).unwrap_or(2);
    let mut modes: Vec<usize> = Vec::with_capacity(came_from.len());
    for from in came_from.iter().rev() {
        mode = from[mode];
        modes.push(mode);
    }
    modes.reverse();
    let mut segments: Vec<Segment> = Vec::new();
    for (at, mode) in modes.into_iter().map(|m| MODES[m]).enumerate() {
        match segments.last_mut() {
            Some(last) if last.mode == mode => last.end = at + 1,
            _ => segments.push(Segment { mode, begin: at, end: at + 1 }),
        }
    }
    segments
}

/// What a byte costs in a mode, when that mode has it.
fn sixths_of(mode: Mode, byte: u8) -> Option<usize> {
    match mode {
        Mode::Numeric => byte.is_ascii_digit().then_some(20),
        Mode::Alphanumeric => is_alphanumeric(byte).then_some(33),
        _ => Some(8 * SIXTHS),
    }
}

fn is_alphanumeric(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b' ' | b'$' | b'%' | b'*' | b'+' | b'-' | b'.' | b'/' | b':')
}
