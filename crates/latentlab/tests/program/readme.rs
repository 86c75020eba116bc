//! The README's tour, as a newcomer would type it.

use crate::harness::{Place, TINY, write_images};

#[test]
fn the_tour_works_in_an_empty_folder() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
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
fn every_recipe_and_verb_that_the_readme_names_exists() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let place = Place::new();
    for line in readme.lines().filter_map(|line| line.strip_prefix("latentlab ")) {
        let mut words = line.split_whitespace();
        place.ok(&[words.next().unwrap(), "--help"]);
        if let Some(name) = words.find(|word| word.starts_with("mnist-") || word.starts_with("fashion-")) {
            place.ok(&["recipes", "--show", name]);
        }
    }
}

#[test]
fn the_way_to_own_images_works() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let lines: Vec<&str> = readme.lines().filter(|line| line.contains("faces.toml")).collect();
    let [show, train] = lines[..] else { panic!("the README makes faces.toml and trains it: {lines:?}") };
    let place = Place::new();
    write_images(&place.path("photos"), 30);
    let (show, file) = show.split('#').next().unwrap().split_once('>').unwrap();
    let words: Vec<&str> = show.split_whitespace().skip(1).collect();
    std::fs::write(place.path(file.trim()), place.ok(&words).stdout).unwrap();
    let words: Vec<&str> = train.split_whitespace().skip(1).chain(["--epochs", "1"]).collect();
    place.ok(&words);
}
