//! The images of a set, scaled and padded as they are copied.

use super::Dataset;
use crate::error::DataError;
use crate::pixels::{Pixels, Width, intensity};

impl Dataset {
    /// Writes image `i` to `out`, [height, width, channels], values in [0, 1].
    ///
    /// # Panics
    /// Like indexing a slice: if `i` is not below [`len`](Self::len), or `out` is not of
    /// `shape().values()` values. An image on disk that cannot be read is no panic: it is all zeros, and
    /// [`check`](Self::check) tells.
    pub fn image(&self, i: usize, out: &mut [f32]) {
        assert_eq!(out.len(), self.shape().values(), "room for one image of {}", self.shape());
        let each = self.store.shape.values();
        let (pixels, start) = self.store.pixels.part_at(self.row(i) * each);
        match pixels {
            Pixels::Bytes(values) => self.copy(&values[start..start + each], out, intensity),
            Pixels::Floats(values) => self.copy(&values[start..start + each], out, |value| value),
            Pixels::Shared(shared) => self.copy_bytes(shared.part(start, each), shared.width, out),
            Pixels::OnDisk(file) => {
                file.with(start, each, |bytes| self.copy_bytes(bytes, file.width, out));
            }
            Pixels::Parts(_) => out.fill(0.0), // of no parts, which hold no image
        }
    }

    /// Whether the pixels lie on disk and are read from there, image by image.
    pub fn is_on_disk(&self) -> bool {
        self.store.pixels.parts().any(|part| matches!(part, Pixels::OnDisk(_)))
    }

    /// Whether the pixels are used where others gave them, in memory that is theirs ([`MemoryArray`](crate::MemoryArray)).
    pub fn is_shared(&self) -> bool {
        matches!(self.store.pixels, Pixels::Shared(_))
    }

    /// Bytes of pixels that this set holds in memory, with all sets that share them.
    pub fn bytes_in_memory(&self) -> u64 {
        let bytes = |part: &Pixels| match part {
            Pixels::Bytes(values) => values.len() as u64,
            Pixels::Floats(values) => values.len() as u64 * 4,
            Pixels::Shared(shared) => shared.all().len() as u64,
            Pixels::OnDisk(_) | Pixels::Parts(_) => 0,
        };
        self.store.pixels.parts().map(bytes).sum()
    }

    /// Whether all images so far could be read. Of a set in memory, always; of one [on disk](Self::is_on_disk),
    /// to be asked before anything is made of the images.
    ///
    /// # Errors
    /// [`DataError::Io`] if an image could not be read, [`DataError::Changed`] if the file was written to since
    /// it was opened.
    pub fn check(&self) -> Result<(), DataError> {
        self.clean.as_ref().map_or(Ok(()), |clean| clean.check())?;
        self.store.pixels.parts().try_for_each(|part| match part {
            Pixels::OnDisk(file) => file.check(),
            _ => Ok(()),
        })
    }

    fn copy_bytes(&self, bytes: &[u8], width: Width, out: &mut [f32]) {
        match width {
            Width::Byte => self.copy(bytes, out, intensity),
            Width::Float => self.copy(bytes.as_chunks().0, out, f32::from_le_bytes),
        }
    }

    fn copy<T: Copy>(&self, pixels: &[T], out: &mut [f32], scale: impl Fn(T) -> f32) {
        let convert = |row: &[T], out: &mut [f32]| {
            for (value, pixel) in out.iter_mut().zip(row) {
                *value = scale(*pixel);
            }
            if self.invert {
                out.iter_mut().for_each(|value| *value = 1.0 - *value);
            }
        };
        if self.pad == 0 {
            return convert(pixels, out);
        }
        let (from, to) = (self.store.shape, self.shape());
        let (row, padded_row, left) =
            (from.width * from.channels, to.width * to.channels, self.pad * to.channels);
        out.fill(0.0);
        for (row, out) in pixels.chunks_exact(row).zip(out.chunks_exact_mut(padded_row).skip(self.pad)) {
            convert(row, &mut out[left..padded_row - left]);
        }
    }
}
