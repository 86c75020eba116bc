//! A name for the next run.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A folder for the next run of `recipe` below `base` that does not exist yet: `base/<recipe>-<n>`, with n
/// one more than the largest there is, so that runs sort by age even after some were removed.
///
/// Characters of `recipe` other than letters, digits, `.`, `-` and `_` become `-`. Nothing is created.
///
/// # Errors
/// [`Error::Io`] if `base` exists and cannot be listed.
pub fn propose(base: impl AsRef<Path>, recipe: &str) -> Result<PathBuf> {
    let base = base.as_ref();
    let stem = stem_of(recipe);
    let mut largest = 0;
    match std::fs::read_dir(base) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        entries => {
            for entry in entries.map_err(Error::io("list", base))? {
                let name = entry.map_err(Error::io("list", base))?.file_name();
                let number = name.to_str().and_then(|name| name.strip_prefix(&stem)?.strip_prefix('-'));
                largest = largest.max(number.and_then(|digits| digits.parse::<u32>().ok()).unwrap_or(0));
            }
        }
    }
    Ok(base.join(format!("{stem}-{}", u64::from(largest) + 1)))
}

fn stem_of(recipe: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    let stem: String = recipe.chars().map(allowed).take(64).collect();
    let stem = stem.trim_matches(['.', '-']);
    if stem.is_empty() { "run".to_owned() } else { stem.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn counts_on_from_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("runs");
        let name = |recipe: &str| propose(&base, recipe).unwrap().file_name().unwrap().to_owned();
        assert_eq!(name("mlp"), "mlp-1");
        for taken in ["mlp-1", "mlp-9", "mlp-deep-12", "mlp-x", "other-30", "mlp-99999999999999"] {
            fs::create_dir_all(base.join(taken)).unwrap();
        }
        assert_eq!(name("mlp"), "mlp-10");
        assert_eq!(name("mlp-deep"), "mlp-deep-13");
        assert!(!propose(&base, "mlp").unwrap().exists());
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
            assert_eq!(propose("runs", recipe).unwrap(), Path::new("runs").join(expected));
        }
    }

    #[test]
    fn a_base_that_is_a_file_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = propose(file.path(), "mlp").unwrap_err().to_string();
        assert!(error.contains("cannot list"), "{error}");
    }
}
