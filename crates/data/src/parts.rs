//! Several files by one name: `train-{000000..000012}.tar`, as WebDataset's users write it.

use std::path::{Path, PathBuf};

/// Parts at most; more are a slip.
const MOST_PARTS: u64 = 1_000_000;

/// The files that a path names: itself, or one for each number between the braces in its file's name, with as many digits as
/// the first has.
pub(crate) fn parts(path: &Path) -> Vec<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match numbers(&name).filter(|_| !path.exists()) {
        Some((before, [first, last], digits, behind)) => {
            let part = |number| path.with_file_name(format!("{before}{number:0digits$}{behind}"));
            (first..=last).map(part).collect()
        }
        None => vec![path.to_path_buf()],
    }
}

/// What stands before braces, the numbers between them and how many digits they have, and what stands behind.
fn numbers(name: &str) -> Option<(&str, [u64; 2], usize, &str)> {
    let (before, rest) = name.split_once('{')?;
    let (range, behind) = rest.split_once('}')?;
    let (first, last) = range.split_once("..")?;
    let digits = if first.starts_with('0') { first.len() } else { 0 };
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last && last - first < MOST_PARTS && digits < 20).then_some((
        before,
        [first, last],
        digits,
        behind,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_stand_for_all_numbers_between_theirs() {
        let of = |path: &str| -> Vec<String> {
            parts(Path::new(path)).iter().map(|part| part.display().to_string()).collect()
        };
        assert_eq!(of("a/x-{008..010}.tar"), ["a/x-008.tar", "a/x-009.tar", "a/x-010.tar"]);
        assert_eq!(of("x{9..11}.tar"), ["x9.tar", "x10.tar", "x11.tar"]);
        for itself in ["x.tar", "x-{3..1}.tar", "x-{a..b}.tar", "x-{1..2.tar", "x-{0..99999999999}.tar"] {
            assert_eq!(of(itself), [itself]);
        }
    }
}
