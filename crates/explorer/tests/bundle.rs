//! The committed bundle is made of the sources beside it.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Every file below `folder`, in the order in which `build.mjs` takes them.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let files = entries.into_iter().flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] });
    files.collect()
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("page")
}

#[test]
fn the_bundle_is_that_of_the_sources() {
    let page = page();
    let mut files: Vec<PathBuf> =
        ["build.mjs", "package-lock.json", "tsconfig.json"].map(|name| page.join(name)).to_vec();
    files.extend(sources(&page.join("assembly")));
    files.extend(sources(&page.join("src")));
    let mut hash = Sha256::new();
    for file in &files {
        let name = file.strip_prefix(&page).unwrap().to_str().unwrap().replace('\\', "/");
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(fs::read(file).unwrap());
        hash.update([0]);
    }
    let digest: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let expected = fs::read_to_string(page.join("bundle/sources.sha256")).unwrap();
    assert_eq!(
        digest,
        expected.trim(),
        "page/bundle is not of these sources: cd crates/explorer/page && npm ci && npm run build"
    );
}

#[test]
fn style_and_script_stay_in_their_elements_and_below_400_kb() {
    let [script, style] = ["explorer.js", "explorer.css"]
        .map(|name| fs::read_to_string(page().join("bundle").join(name)).unwrap());
    assert!(!script.to_lowercase().contains("</script") && !script.contains("<!--"));
    assert!(!style.to_lowercase().contains("</style"));
    let bytes = script.len() + style.len();
    assert!(bytes <= 400_000, "{bytes} bytes of script and style");
}
