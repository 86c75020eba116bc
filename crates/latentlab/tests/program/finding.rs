//! `similar` and `duplicates`: pictures that are like others, and pictures that are there twice.

use std::fs;
use std::path::Path;

use crate::harness::{Place, TINY, column, png_size, read_table, trained};

/// Rows of an `.npz` table as the program writes it, of CSV here: codes and what tells images apart.
fn codes(place: &Place, run: &str, split: &str, file: &str) -> (Vec<[f64; 2]>, Vec<String>) {
    let out = place.path(file).display().to_string();
    place.ok(&["embed", run, "--split", split, "--out", &out]);
    let table = read_table(place, file);
    let number = |cell: &String| cell.parse().unwrap();
    let (x, y) = (column(&table, "mean_1"), column(&table, "mean_2"));
    let points = x.iter().zip(&y).map(|(x, y)| [number(x), number(y)]).collect();
    (points, column(&table, "index"))
}

#[test]
fn the_nearest_codes_are_found_and_never_the_image_itself() {
    let place = trained();
    let (of_test, test_index) = codes(place, "vae", "test", "near-test.csv");
    let (all, index) = codes(place, "vae", "all", "near-all.csv");
    let distance = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
    let said = place.json(&["similar", "vae", "0", "7", "-k", "5"]);
    for (query, position) in said["queries"].as_array().unwrap().iter().zip([0, 7]) {
        // Recounted from the codes that `embed` writes.
        let mut expected: Vec<(f64, &String)> = all
            .iter()
            .zip(&index)
            .filter(|(_, other)| **other != test_index[position])
            .map(|(code, other)| (distance(*code, of_test[position]), other))
            .collect();
        expected.sort_by(|a, b| a.0.total_cmp(&b.0));
        let found = query["similar"].as_array().unwrap();
        assert_eq!(found.len(), 5);
        for (hit, (distance, index)) in found.iter().zip(&expected) {
            assert_eq!(hit["index"].to_string(), **index, "{query}");
            assert!((hit["distance"].as_f64().unwrap() - distance).abs() < 1e-5);
        }
    }
    png_size(&place.path("vae/figures/similar.png"));
    // A position is one of the test split, whichever part is looked at.
    let among = place.json(&["similar", "vae", "0", "-k", "5", "--split", "train", "--distance", "cosine"]);
    let hits = among["queries"][0]["similar"].as_array().unwrap();
    let distances: Vec<f64> = hits.iter().map(|hit| hit["distance"].as_f64().unwrap()).collect();
    assert!(distances.is_sorted() && distances.iter().all(|d| (0.0..=2.0).contains(d)), "{distances:?}");
}

/// Discs of several places and shades, one of each in a file; `b.png` is nearly `a.png`, `c.png` equals it.
fn write_discs(folder: &Path, count: u32) {
    fs::create_dir_all(folder).unwrap();
    let disc = |i: u32, darker: u32| {
        image::RgbImage::from_fn(24, 24, |x, y| {
            let (cx, cy) = (4 + i * 7 % 17, 4 + i * 5 % 16);
            let is_inside = x.abs_diff(cx).pow(2) + y.abs_diff(cy).pow(2) < 26;
            let shade = (60 + i * 37 % 180 - darker) as u8;
            image::Rgb(if is_inside { [shade, 255 - shade, 90] } else { [20, 20, 30] })
        })
    };
    for i in 0..count {
        disc(i, 0).save(folder.join(format!("{i:02}.png"))).unwrap();
    }
    disc(3, 0).save(folder.join("copy.png")).unwrap();
    disc(3, 2).save(folder.join("darker.png")).unwrap();
    disc(5, 0).save(folder.join("other-copy.png")).unwrap();
}

#[test]
fn pictures_that_are_there_twice_are_groups() {
    let place = Place::new();
    write_discs(&place.path("discs"), 30);
    let said = place.json(&["duplicates", "discs", "--out", "d.csv", "--figure", "d.png"]);
    let files = |group: &serde_json::Value| -> Vec<String> {
        let members = group.as_array().unwrap().iter();
        members.map(|member| member["file"].as_str().unwrap().to_owned()).collect()
    };
    let groups: Vec<Vec<String>> = said["groups"].as_array().unwrap().iter().map(files).collect();
    assert_eq!(groups, [vec!["03.png", "copy.png", "darker.png"], vec!["05.png", "other-copy.png"]]);
    assert_eq!(said["surplus"], 3);
    let table = read_table(&place, "d.csv");
    assert_eq!(column(&table, "group"), ["1", "1", "1", "2", "2"]);
    assert_eq!(column(&table, "file")[3..], ["05.png", "other-copy.png"]);
    png_size(&place.path("d.png"));
    // Equal ones alone.
    let equal = place.json(&["duplicates", "discs", "--threshold", "0"]);
    let groups: Vec<Vec<String>> = equal["groups"].as_array().unwrap().iter().map(files).collect();
    assert_eq!(groups, [vec!["03.png", "copy.png"], vec!["05.png", "other-copy.png"]]);
    // Nothing is overwritten, and what is no set of images is refused.
    for arguments in [
        &["duplicates", "discs", "--out", "d.csv"][..],
        &["duplicates", "d.csv"],
        &["duplicates", "nowhere"],
        &["duplicates", "discs", "--split", "test"],
        &["duplicates", "discs", "--threshold", "2"],
    ] {
        let ran = place.run(arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn files_are_looked_for_in_stored_codes() {
    let place = Place::new();
    write_discs(&place.path("discs"), 30);
    place.ok(&[&["train", "--data", "discs", "--out", "run", "--no-report"], &TINY[..2]].concat());
    place.ok(&["embed", "run", "--split", "all", "--out", "codes.npz"]);
    let hits = |arguments: &[&str]| -> Vec<String> {
        let said = place.json(&[&["similar", "run"], arguments].concat());
        let hits = said["queries"][0]["similar"].as_array().unwrap().iter();
        hits.map(|hit| hit["file"].as_str().unwrap().to_owned()).collect()
    };
    for query in ["03.png", "copy"] {
        let from_images = hits(&[query, "-k", "6"]);
        assert_eq!(from_images, hits(&[query, "-k", "6", "--index", "codes.npz"]), "{query}");
        assert!(!from_images.contains(&format!("{}.png", query.trim_end_matches(".png"))), "{from_images:?}");
    }
    // A file of one's own is nearest to its equal in the data.
    fs::copy(place.path("discs/05.png"), place.path("mine.png")).unwrap();
    let mine = hits(&["mine.png", "-k", "2", "--index", "codes.npz", "--out", "mine.csv"]);
    assert_eq!(mine, ["05.png", "other-copy.png"]);
    assert_eq!(column(&read_table(&place, "mine.csv"), "rank"), ["1", "2"]);
    let table = place.run(&["similar", "run", "mine.png", "--index", "mine.csv"]);
    assert_eq!(
        (table.code, table.stderr.contains("must be an .npz file")),
        (Some(2), true),
        "{}",
        table.stderr
    );
    let missing = place.run(&["similar", "run", "nothing.png"]);
    assert_eq!((missing.code, missing.stderr.contains("nothing.png")), (Some(2), true), "{}", missing.stderr);
}
