//! Which pixels are known to be anomalous: the masks of MVTec's layout.

use std::path::{Path, PathBuf};

use data::{Dataset, ImageShape, PictureOptions, load_pictures};

use crate::error::Error;
use crate::lab::Lab;

/// Masks of the images of a set.
pub struct Masks {
    /// Whether each pixel is anomalous; `[images, height, width]`.
    pub values: Vec<bool>,
    /// Images that have a mask; all pixels of the others are normal.
    pub found: usize,
}

/// The masks of `set` in `folder`: of `…/CLASS/NAME.png` the file `CLASS/NAME_mask.png` or `CLASS/NAME.png`, brought to the
/// size of the images. `None` if there is none.
///
/// # Errors
/// If one cannot be read.
pub fn read(set: &Dataset, folder: &Path, pad: usize, lab: &Lab) -> Result<Option<Masks>, Error> {
    let shape = set.shape();
    let inner = ImageShape::new(shape.height - 2 * pad, shape.width - 2 * pad, 1);
    let mut values = vec![false; set.len() * shape.height * shape.width];
    let mut mask = vec![0.0; shape.height * shape.width];
    let mut found = 0;
    for (i, marks) in values.chunks_exact_mut(mask.len()).enumerate() {
        let Some(file) = set.file_name(i).and_then(|name| mask_of(folder, name)) else { continue };
        load_pictures(&file, &PictureOptions::new(inner), &lab.dirs(None))?.padded(pad).image(0, &mut mask);
        marks.iter_mut().zip(&mask).for_each(|(mark, value)| *mark = *value >= 0.5);
        found += 1;
    }
    Ok((found > 0).then_some(Masks { values, found }))
}

/// Where MVTec's layout has masks: `ground_truth` in the folder of the data, or beside it.
pub fn usual_folder(data: &Path) -> Option<PathBuf> {
    let beside = data.parent().map(|parent| parent.join("ground_truth"));
    [Some(data.join("ground_truth")), beside].into_iter().flatten().find(|folder| folder.is_dir())
}

fn mask_of(folder: &Path, name: &str) -> Option<PathBuf> {
    let name = Path::new(name);
    let class = name.parent()?.file_name()?;
    let stem = name.file_stem()?.to_string_lossy();
    let candidates = [format!("{stem}_mask.png"), format!("{stem}.png")];
    candidates.iter().map(|file| folder.join(class).join(file)).find(|file| file.is_file())
}
