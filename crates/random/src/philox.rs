//! Philox4x32-10, sixteen counters at a time so that the compiler turns the rounds into vector code.

pub(crate) const LANES: usize = 16;

const MULTIPLIERS: [u32; 2] = [0xd251_1f53, 0xcd9e_8d57];
const WEYL: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];

/// The four output words of the counters `(block, sample, step)` of each lane, word by word:
/// `out[4 · lane + word]`.
pub(crate) fn philox_lanes(
    mut key: [u32; 2],
    blocks: [u32; LANES],
    samples: [u32; LANES],
    step: [u32; 2],
) -> [u32; 4 * LANES] {
    let (mut x0, mut x1) = (blocks, samples);
    let mut x2 = [step[0]; LANES];
    let mut x3 = [step[1]; LANES];
    for _ in 0..10 {
        for lane in 0..LANES {
            let p0 = u64::from(MULTIPLIERS[0]) * u64::from(x0[lane]);
            let p1 = u64::from(MULTIPLIERS[1]) * u64::from(x2[lane]);
            x0[lane] = (p1 >> 32) as u32 ^ x1[lane] ^ key[0];
            x1[lane] = p1 as u32;
            x2[lane] = (p0 >> 32) as u32 ^ x3[lane] ^ key[1];
            x3[lane] = p0 as u32;
        }
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    std::array::from_fn(|i| [&x0, &x1, &x2, &x3][i % 4][i / 4])
}

/// `first`, `first + 1`, … in the lanes.
pub(crate) fn upwards(first: u32) -> [u32; LANES] {
    std::array::from_fn(|lane| first.wrapping_add(lane as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers published with Random123 (kat_vectors, philox4x32, 10 rounds).
    #[test]
    fn known_answers() {
        let first =
            |key, c: [u32; 4]| philox_lanes(key, upwards(c[0]), [c[1]; LANES], [c[2], c[3]])[..4].to_vec();
        assert_eq!(first([0, 0], [0; 4]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(first([!0, !0], [!0; 4]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        assert_eq!(
            first([0xa409_3822, 0x299f_31d0], [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }
}
