//! Modifies bytes without regard to their meaning.

use crate::program::Program;

/// Modifies the bytes as the program says. Most programs leave them unchanged; the others change up to three places.
///
/// A change truncates, removes, inserts, repeats at the end, or flips a bit. The length never grows by more than 40
/// bytes a change.
pub fn bend(bytes: &mut Vec<u8>, program: &mut Program<'_>) {
    let changes = match program.byte() {
        0..200 => 0,
        many => many % 3 + 1,
    };
    for _ in 0..changes {
        let at = program.below(bytes.len());
        let end = (at + 1 + program.below(40)).min(bytes.len());
        match program.byte() % 6 {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at.min(end)..end)),
            2 => bytes.insert(at, program.byte()),
            3 => {
                let copy = bytes.get(at..end).unwrap_or_default().to_vec();
                bytes.extend(copy);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << (program.byte() % 8);
                }
            }
        }
    }
}
