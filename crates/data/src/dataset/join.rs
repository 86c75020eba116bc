//! Parts of a set put together again.

use super::Dataset;
use crate::error::DataError;
use crate::pixels::{Pixels, Width};

impl Dataset {
    /// All images that are in one of `parts`, once each, in the order in which they were read; parts that share no
    /// pixels one behind the other, positions counted on.
    ///
    /// # Errors
    /// If there are none, their shapes or classes differ, or parts of several files are too many for memory.
    pub(crate) fn joined(parts: &[&Self]) -> Result<Self, DataError> {
        let mut stores: Vec<(&Self, Vec<u32>)> = Vec::new();
        for part in parts {
            let rows = (0..part.len()).map(|i| part.row(i) as u32);
            match stores.iter_mut().find(|(other, _)| other.shares_pixels_with(part)) {
                Some((_, all)) => all.extend(rows),
                None => stores.push((part, rows.collect())),
            }
        }
        for (_, rows) in &mut stores {
            rows.sort_unstable();
            rows.dedup();
        }
        let Some((first, rows)) = stores.first() else {
            return Err(DataError::Values { name: "no set".into(), problem: "no parts to join".into() });
        };
        if stores.len() == 1 {
            return Ok(Self { indices: Some(rows.as_slice().into()), ..(*first).clone() });
        }
        let (mut indices, mut values, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        let mut names = Vec::new();
        let (mut bytes, mut offset) = (Vec::new(), 0);
        for (part, rows) in &stores {
            if (part.store.shape, &part.classes) != (first.store.shape, &first.classes)
                || part.pad != first.pad
            {
                return Err(first.refuse("its parts are of different shapes or classes".into()));
            }
            for pixels in part.store.pixels.parts() {
                match pixels {
                    Pixels::Bytes(pixels) => bytes.extend_from_slice(pixels),
                    Pixels::Floats(pixels) => values.extend_from_slice(pixels),
                    Pixels::Shared(shared) => match shared.width {
                        Width::Byte => bytes.extend_from_slice(shared.all()),
                        Width::Float => {
                            values.extend(
                                shared.all().as_chunks().0.iter().map(|value| f32::from_le_bytes(*value)),
                            );
                        }
                    },
                    Pixels::OnDisk(_) | Pixels::Parts(_) => {
                        let problem =
                            "its parts are in several files and too many for memory: name one of them";
                        return Err(first.refuse(problem.into()));
                    }
                }
            }
            labels.extend(part.labels.iter().flat_map(|labels| labels.iter()));
            names.extend(part.store.file_names.iter().flatten().cloned());
            indices.extend(rows.iter().map(|row| row + offset));
            offset += part.images_in_store() as u32;
        }
        let pixels = match (bytes.is_empty(), values.is_empty()) {
            (false, true) => Pixels::Bytes(bytes),
            (true, false) => Pixels::Floats(values),
            _ => return Err(first.refuse("one part holds bytes, another floats".into())),
        };
        let mut set = Self::from_pixels(first.name.to_string(), first.store.shape, pixels)?;
        if labels.len() == offset as usize {
            set = set.with_labels(labels, first.classes.to_vec())?;
        }
        if names.len() == offset as usize {
            set = set.with_file_names(names)?;
        }
        let files = stores.iter().flat_map(|(part, _)| part.files.iter().cloned()).collect();
        let (pad, invert) = (first.pad, first.invert);
        let (inventory, columns) = (first.inventory.clone(), first.columns.clone());
        Ok(Self { indices: Some(indices.into()), pad, invert, inventory, columns, ..set.with_files(files) })
    }
}
