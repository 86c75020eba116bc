//! Damage to files, the same for the same round.

/// A few bytes changed, removed, inserted or repeated, mostly near the beginning, where headers are.
pub fn damaged(bytes: &[u8], round: u64) -> Vec<u8> {
    let mut state = round;
    // SplitMix64 (Steele, Lea, Flood 2014).
    let mut below = |limit: usize| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit.max(1) as u64) as usize
    };
    let mut bytes = bytes.to_vec();
    for _ in 0..=below(3) {
        let reach = if below(3) == 0 { bytes.len() } else { bytes.len().min(128) };
        let at = below(reach);
        match below(8) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, below(256) as u8),
            2 => {
                let end = (at + 1 + below(24)).min(bytes.len());
                let piece = bytes[at.min(end)..end].to_vec();
                bytes.splice(at..at, piece);
            }
            // What may stand for a length: as large as four bytes go.
            3 => bytes[at..].iter_mut().take(4).for_each(|byte| *byte = 0xff),
            4 if at < bytes.len() => bytes[at] = b"0919-.[{\"'\n,"[below(12)],
            _ if at < bytes.len() => bytes[at] ^= 1 << below(8),
            _ => {}
        }
    }
    bytes
}

/// So many damaged copies of each file.
pub const ROUNDS: u64 = 400;

/// Runs `read` on damaged copies of `good`; gives how many of them it refused. It may refuse or take them, but
/// not panic; each file named in a message must be the right one, which is up to `read`.
pub fn survive(good: &[u8], mut read: impl FnMut(&[u8]) -> bool) -> u64 {
    (0..ROUNDS).map(|round| u64::from(!read(&damaged(good, round)))).sum()
}

/// The most memory that this process ever had, in KiB; 0 where the system does not say.
pub fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
