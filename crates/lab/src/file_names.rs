//! Names of the files that images are written to, from the names of those that they came from.

use std::collections::HashSet;

use data::IMAGE_EXTENSIONS;

/// The names of `files` without the extensions of images, all different even where letters' cases are not told apart:
/// what several would share keeps its extension, and of what is still the same the later ones are numbered.
///
/// Dots that belong to the name stay: `cat.0.jpg` becomes `cat.0`. What leads out of a folder does not: tables may call their
/// images anything.
pub fn stems(files: &[String]) -> Vec<String> {
    let files: Vec<String> = files.iter().map(|file| inside(file)).collect();
    let short: Vec<&str> = files.iter().map(|file| without_extension(file)).collect();
    let mut seen = HashSet::new();
    let shared: HashSet<String> =
        short.iter().map(|stem| stem.to_lowercase()).filter(|stem| !seen.insert(stem.clone())).collect();
    let wanted = files.iter().zip(&short).map(|(file, stem)| match shared.contains(&stem.to_lowercase()) {
        true => file.as_str(),
        false => stem,
    });
    let wanted: Vec<&str> = wanted.collect();
    // A number must not make a name that another file has of its own.
    let mut taken: HashSet<String> = HashSet::new();
    let all: HashSet<String> = wanted.iter().map(|name| name.to_lowercase()).collect();
    let mut distinct = Vec::with_capacity(files.len());
    for (name, stem) in wanted.into_iter().zip(&short) {
        let mut chosen = name.to_owned();
        for number in 2.. {
            if !taken.contains(&chosen.to_lowercase()) {
                break;
            }
            let numbered = format!("{stem}-{number}");
            chosen = if all.contains(&numbered.to_lowercase()) { chosen } else { numbered };
        }
        taken.insert(chosen.to_lowercase());
        distinct.push(chosen);
    }
    distinct
}

/// The name without what leads out of a folder.
fn inside(file: &str) -> String {
    let parts: Vec<&str> = file.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect();
    if parts.is_empty() { "image".to_owned() } else { parts.join("/") }
}

fn without_extension(file: &str) -> &str {
    let is_known = |extension: &str| IMAGE_EXTENSIONS.contains(&extension.to_ascii_lowercase().as_str());
    match file.rsplit_once('.') {
        Some((stem, extension)) if is_known(extension) && !stem.is_empty() && !stem.ends_with('/') => stem,
        _ => file,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_images_get_one_name() {
        let names = |files: &[&str]| stems(&files.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(names(&["cat.0.jpg", "cat.1.jpg", "dog.JPEG"]), ["cat.0", "cat.1", "dog"]);
        assert_eq!(names(&["a.png", "a.jpg", "b.png"]), ["a.png", "a.jpg", "b"]);
        assert_eq!(names(&["A.png", "a.png"]), ["A.png", "a-2"]);
        assert_eq!(names(&["a.png", "a.png", "a-2.png", "x.v2"]), ["a.png", "a-3", "a-2", "x.v2"]);
        assert_eq!(names(&["../../etc/a.png", "/b.png", ".."]), ["etc/a", "b", "image"]);
        assert_eq!(names(&["red/.png", "blue/0.png", "red/0.png"]), ["red/.png", "blue/0", "red/0"]);
    }
}
