//! Programs that a test can do without.

use std::path::PathBuf;

/// The first program on the path with one of these names; where there is none, a line on stderr says that the test is skipped.
pub fn installed(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)).collect::<Vec<_>>())
        .find(|file| file.is_file());
    if found.is_none() {
        eprintln!("skipped: there is no {} on the path", names[0]);
    }
    found
}

/// Chromium, as systems call it.
pub fn chromium() -> Option<PathBuf> {
    installed(&["chromium", "chromium-browser", "google-chrome"])
}
