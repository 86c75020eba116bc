//! Images and what they should become: two folders with the same names.

use std::collections::BTreeMap;
use std::path::Path;

use crate::dataset::Dataset;
use crate::error::DataError;
use crate::folder::pictures::{PictureEntry, list_pictures};
use crate::natural_order;
use crate::shape::ImageShape;

/// Names that a message lists.
const SHOWN: usize = 3;

/// Checks that two folders hold the same images, by their names without endings and by their sizes. What holds no image
/// files is not looked at.
pub(crate) fn check(given: &Path, clean: &Path) -> Result<(), DataError> {
    if !given.is_dir() {
        return Ok(());
    }
    let sizes = |path: &Path| -> Result<BTreeMap<String, ImageShape>, DataError> {
        let entries = list_pictures(path)?.into_iter();
        let mut sizes = BTreeMap::new();
        for PictureEntry { name, shape, .. } in entries {
            if sizes.insert(key(&name).to_owned(), shape).is_some() {
                let problem =
                    format!("two images are called {}, which only differ in their ending", key(&name));
                return Err(DataError::Folder { path: path.to_path_buf(), problem });
            }
        }
        Ok(sizes)
    };
    let (of_given, of_clean) = (sizes(given)?, sizes(clean)?);
    let missing =
        |from: &BTreeMap<String, ImageShape>, other: &BTreeMap<String, ImageShape>| -> Vec<String> {
            from.keys().filter(|name| !other.contains_key(*name)).cloned().collect()
        };
    let other_size: Vec<String> = of_given
        .iter()
        .filter_map(|(name, shape)| Some((name, shape, of_clean.get(name)?)))
        .filter(|(_, shape, clean)| (shape.height, shape.width) != (clean.height, clean.width))
        .map(|(name, a, b)| format!("{name} ({}×{} and {}×{})", a.height, a.width, b.height, b.width))
        .collect();
    let (no_clean, no_given) = (missing(&of_given, &of_clean), missing(&of_clean, &of_given));
    let [given, clean] = [given, clean].map(Path::display);
    let mut problems = Vec::new();
    if !no_clean.is_empty() {
        problems.push(format!(
            "{} of {given} have no image of that name there: {}",
            no_clean.len(),
            listed(no_clean)
        ));
    }
    if !no_given.is_empty() {
        problems.push(format!("{} there have none in {given}: {}", no_given.len(), listed(no_given)));
    }
    if !other_size.is_empty() {
        problems.push(format!("{} are of two sizes: {}", other_size.len(), listed(other_size)));
    }
    if problems.is_empty() {
        return Ok(());
    }
    let allowed = format!("must hold the same images as {given}: {}", problems.join("; "));
    Err(DataError::field("clean", format!("\"{clean}\""), allowed))
}

/// The clean image of each of `pictures`, which were listed at `given`: of a folder by name, of a file the file. A folder may
/// hold more than is asked for.
///
/// # Errors
/// If there is none, or one of another size.
pub fn clean_pictures(
    pictures: &[PictureEntry],
    given: &Path,
    clean: &Path,
) -> Result<Vec<PictureEntry>, DataError> {
    let all = list_pictures(clean)?;
    if given.is_dir() {
        check(given, clean)?;
    }
    let by_name: BTreeMap<_, &PictureEntry> =
        all.iter().map(|entry| (key_and_place(&entry.name), entry)).collect();
    let refuse = |allowed: String| DataError::field("clean", format!("\"{}\"", clean.display()), allowed);
    let one = |picture: &PictureEntry| {
        let alone = (pictures.len() == 1 && all.len() == 1).then(|| &all[0]);
        let Some(found) = alone.or(by_name.get(&key_and_place(&picture.name)).copied()) else {
            return Err(refuse(format!("must hold an image called {}", key(&picture.name))));
        };
        if (found.shape.height, found.shape.width) != (picture.shape.height, picture.shape.width) {
            let (clean, given) = (found.shape, picture.shape);
            return Err(refuse(format!("must hold {} as {given}, and has it as {clean}", picture.name)));
        }
        Ok(found.clone())
    };
    pictures.iter().map(one).collect()
}

/// The images of `clean` in the order of all that were read with `given`: by name, or as they come where images have none
/// or, as the pages of two files, none in common.
pub(crate) fn align(given: &Dataset, clean: &Dataset) -> Result<Dataset, DataError> {
    let (given, clean) = (given.whole(), clean.whole());
    if given.len() != clean.len() {
        return Ok(clean); // is refused by its number
    }
    let mut places = BTreeMap::new();
    for at in 0..clean.len() {
        let Some(name) = clean.file_name(at) else { return Ok(clean) };
        places.insert(key_and_place(name), at);
    }
    let named = |at: usize| places.get(&key_and_place(given.file_name(at)?)).copied();
    let order: Vec<usize> = (0..given.len()).filter_map(named).collect();
    if order.len() == given.len() {
        return clean.subset(&order);
    }
    if order.is_empty() {
        return Ok(clean);
    }
    // Files that were skipped on one side only.
    let alone: Vec<String> = (0..given.len())
        .filter(|at| named(*at).is_none())
        .filter_map(|at| given.file_name(at).map(str::to_owned))
        .collect();
    let problem =
        format!("{} of {} have no image of that name there: {}", alone.len(), given.name(), listed(alone));
    Err(DataError::field(
        "clean",
        format!("\"{}\"", clean.name()),
        format!("must hold the same images: {problem}"),
    ))
}

/// A name without the ending of its file, and what stands behind it: page and tile.
fn key_and_place(name: &str) -> (&str, &str) {
    let folders = name.rfind(['/', '\\']).map_or(0, |at| at + 1);
    match name[folders..].rfind('.') {
        Some(dot) => {
            let rest = &name[folders + dot..];
            (&name[..folders + dot], rest.find(['#', '@']).map_or("", |at| &rest[at..]))
        }
        None => (name, ""),
    }
}

fn key(name: &str) -> &str {
    key_and_place(name).0
}

fn listed(mut names: Vec<String>) -> String {
    names.sort_by(|a, b| natural_order::compare(a, b));
    let more = if names.len() > SHOWN { ", …" } else { "" };
    names.truncate(SHOWN);
    names.join(", ") + more
}
