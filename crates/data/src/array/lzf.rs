//! LZF, the compression of h5py's own (`compression="lzf"`), as Marc Lehmann's liblzf packs it.

use hdf5_reader::error::{Error, Result};

/// Its number among HDF5's filters.
pub(crate) const FILTER: u16 = 32_000;
/// Bytes of a chunk; more is refused.
const MOST: usize = 1 << 28;
/// A byte of a file stands for at most so many: a copy of 264 bytes takes three.
const MOST_OF_ONE: usize = 88;

/// Unpacks a chunk; the third of the filter's values is its length.
pub(crate) fn unpack(values: &[u32], packed: &[u8]) -> Result<Vec<u8>> {
    let damaged = || Error::InvalidData("a chunk packed by LZF is damaged".into());
    let length = values.get(2).map_or(MOST, |length| *length as usize);
    if length > MOST {
        return Err(damaged());
    }
    let mut out = Vec::with_capacity(length.min(packed.len().saturating_mul(MOST_OF_ONE)));
    let mut bytes = packed.iter().copied();
    while let Some(control) = bytes.next() {
        if control < 32 {
            for _ in 0..=control {
                out.push(bytes.next().ok_or_else(damaged)?);
            }
        } else {
            let mut count = usize::from(control >> 5) + 2;
            if count == 9 {
                count += usize::from(bytes.next().ok_or_else(damaged)?);
            }
            let back = usize::from(control & 31) << 8 | usize::from(bytes.next().ok_or_else(damaged)?);
            let start = out.len().checked_sub(back + 1).ok_or_else(damaged)?;
            for at in start..start + count {
                out.push(out[at]);
            }
        }
        if out.len() > length {
            return Err(damaged());
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_copies_are_unpacked() {
        assert_eq!(unpack(&[0, 0, 9], &[2, 1, 2, 3, 0x80, 2]).unwrap(), [1, 2, 3, 1, 2, 3, 1, 2, 3]);
        // Seven in the upper bits: the length goes on in the next byte.
        assert_eq!(unpack(&[0, 0, 14], &[0, 7, 0xe0, 4, 0]).unwrap(), [7; 14]);
        for bad in [&[5, 1][..], &[0x20], &[0x20, 0], &[0, 1, 0xe0], &[2, 1, 2, 3, 0x80, 2]] {
            assert!(unpack(&[0, 0, 8], bad).is_err(), "{bad:?}");
        }
    }
}
