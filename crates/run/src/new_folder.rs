//! A folder for the next run.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Makes a folder for the next run of `recipe` below `base`: `base/<recipe>-<n>`, with n one more than the largest
/// there is, so that runs sort by age even after some were removed. Of several processes that ask at once each gets
/// one of its own.
///
/// Characters of `recipe` other than letters, digits, `.`, `-` and `_` become `-`.
///
/// # Errors
/// [`Error::Io`] if `base` cannot be listed or written.
pub fn new_folder(base: impl AsRef<Path>, recipe: &str) -> Result<PathBuf> {
    let (base, stem) = (base.as_ref(), stem_of(recipe));
    fs::create_dir_all(base).map_err(Error::io("create the folder", base))?;
    let mut number = largest(base, &stem)?;
    loop {
        number += 1;
        let folder = base.join(format!("{stem}-{number}"));
        match fs::create_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => return made.map(|()| folder.clone()).map_err(Error::io("create the folder", &folder)),
        }
    }
}

/// The largest number of a folder of this stem; 0 if there is none.
fn largest(base: &Path, stem: &str) -> Result<u64> {
    let mut largest = 0;
    for entry in fs::read_dir(base).map_err(Error::io("list", base))? {
        let name = entry.map_err(Error::io("list", base))?.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(stem)?.strip_prefix('-'));
        largest = largest.max(number.and_then(|digits| digits.parse::<u32>().ok()).unwrap_or(0));
    }
    Ok(u64::from(largest))
}

fn stem_of(recipe: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    let stem: String = recipe.chars().map(allowed).take(64).collect();
    let stem = stem.trim_matches(['.', '-']);
    if stem.is_empty() { "run".to_owned() } else { stem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_on_from_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("runs");
        let name = |recipe: &str| new_folder(&base, recipe).unwrap().file_name().unwrap().to_owned();
        assert_eq!((name("mlp").as_os_str(), name("mlp").as_os_str()), ("mlp-1".as_ref(), "mlp-2".as_ref()));
        for taken in ["mlp-9", "mlp-deep-12", "mlp-x", "other-30", "mlp-99999999999999"] {
            fs::create_dir_all(base.join(taken)).unwrap();
        }
        assert_eq!(name("mlp"), "mlp-10");
        assert_eq!(name("mlp-deep"), "mlp-deep-13");
        // A file in the way is passed by.
        fs::write(base.join("mlp-11"), "").unwrap();
        assert_eq!(name("mlp"), "mlp-12");
    }

    #[test]
    fn those_who_ask_at_once_get_one_each() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("runs");
        let ask = || new_folder(&base, "mlp").unwrap();
        let mut all: Vec<PathBuf> = std::thread::scope(|scope| {
            let asking: Vec<_> = (0..16).map(|_| scope.spawn(ask)).collect();
            asking.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 16);
    }

    #[test]
    fn strange_recipe_names_stay_below_the_base() {
        let names = [
            ("../../etc", "etc-1"),
            ("a b/ü", "a-b-1"),
            ("", "run-1"),
            ("..", "run-1"),
            ("a\\b\0c", "a-b-c-1"),
        ];
        for (recipe, expected) in names {
            let base = tempfile::tempdir().unwrap();
            assert_eq!(new_folder(base.path(), recipe).unwrap(), base.path().join(expected));
        }
    }

    #[test]
    fn a_base_that_is_a_file_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = new_folder(file.path(), "mlp").unwrap_err().to_string();
        assert!(error.contains("cannot create the folder"), "{error}");
    }
}
