//! The README's tour and the guide's commands, as a newcomer would type them.

use crate::harness::{Place, TINY, write_images};

/// A page of documentation, by its path from the top of the repository.
fn page(path: &str) -> String {
    std::fs::read_to_string(format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn the_tour_works_in_an_empty_folder() {
    let readme = page("README.md");
    let tour = readme.split("## A tour").nth(1).unwrap().split("```sh\n").nth(1).unwrap();
    let place = Place::new();
    let mut commands = 0;
    for line in tour.split("```").next().unwrap().lines() {
        let command = line.split('#').next().unwrap();
        let mut words: Vec<&str> = command.split_whitespace().collect();
        assert_eq!(words.first(), Some(&"latentlab"), "{line}");
        words.remove(0);
        if words == ["train"] {
            // The same recipe, for a moment instead of half a minute; still with neighbours for every test image.
            words.extend(TINY.iter().chain(&["--set", "data.count=600"]));
        }
        place.ok(&words);
        commands += 1;
    }
    assert!(commands >= 8, "the tour has {commands} commands");
    for file in ["codes.npz", "runs/synthetic-digits-vae-1/manifest.json"] {
        assert!(place.path(file).exists(), "{file}");
    }
}

#[test]
fn the_readme_is_read_to_the_end() {
    let lines = page("README.md").lines().count();
    assert!(lines <= 130, "{lines} lines");
}

#[test]
fn the_guides_plane_can_be_looked_at() {
    let guide = page("docs/guide.md");
    let plane = guide.split("## A plane").nth(1).unwrap().split("```").nth(1).unwrap();
    let place = Place::new();
    for line in plane.lines().filter(|line| line.starts_with("latentlab ")) {
        let mut words: Vec<&str> = line.split('#').next().unwrap().split_whitespace().skip(1).collect();
        if words[0] == "train" {
            words.extend(TINY);
        }
        place.ok(&words);
    }
    assert!(place.path("runs/synthetic-digits-plane-1/figures/decoded.png").exists());
}

#[test]
fn every_recipe_and_verb_that_is_named_exists() {
    let pages = page("README.md") + &page("docs/guide.md");
    let place = Place::new();
    for line in pages.lines().filter_map(|line| line.strip_prefix("latentlab ")) {
        let mut words = line.split_whitespace();
        place.ok(&[words.next().unwrap(), "--help"]);
        if let Some(name) =
            words.find(|word| ["mnist-", "fashion-", "synthetic-"].iter().any(|set| word.starts_with(set)))
        {
            place.ok(&["recipes", "--show", name]);
        }
    }
}

#[test]
fn the_way_to_own_images_works() {
    let guide = page("docs/guide.md");
    let lines: Vec<&str> = guide.lines().filter(|line| line.contains("faces.toml")).collect();
    let [show, train] = lines[..] else { panic!("the guide makes faces.toml and trains it: {lines:?}") };
    let place = Place::new();
    write_images(&place.path("photos"), 30);
    let (show, file) = show.split('#').next().unwrap().split_once('>').unwrap();
    let words: Vec<&str> = show.split_whitespace().skip(1).collect();
    std::fs::write(place.path(file.trim()), place.ok(&words).stdout).unwrap();
    let words: Vec<&str> = train.split_whitespace().skip(1).chain(["--epochs", "1"]).collect();
    place.ok(&words);
}
