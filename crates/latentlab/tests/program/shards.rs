//! One large set over several processes: `--shard`, `--merge`.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::Value;

use crate::harness::{Place, TINY, column, read_table, trained};

/// Runs `verb` in three shards, which leave `NAME-1.part` to `NAME-3.part`.
fn shards(place: &Place, verb: &[&str], name: &str) {
    for shard in 1..=3 {
        let (shard_of, file) = (format!("{shard}/3"), format!("{name}-{shard}.part"));
        let said = place.json(&[verb, &["--shard", &shard_of, "--out", &file]].concat());
        assert_eq!((&said["shard"], &said["files"][0]), (&Value::from(shard_of), &Value::from(file)));
    }
}

/// The arguments that join them, in an order that is not theirs.
fn merge(name: &str) -> Vec<String> {
    let file = |shard| format!("{name}-{shard}.part");
    ["--merge".to_owned()].into_iter().chain([2, 3, 1].map(file)).collect()
}

fn with<'a>(verb: &[&'a str], more: &'a [String], rest: &[&'a str]) -> Vec<&'a str> {
    verb.iter().copied().chain(more.iter().map(String::as_str)).chain(rest.iter().copied()).collect()
}

fn same_bytes(place: &Place, one: &str, other: &str) {
    let [one, other] = [one, other].map(|name| fs::read(place.path(name)).unwrap());
    assert!(one == other && !one.is_empty());
}

fn without(mut json: Value, keys: &[&str]) -> Value {
    keys.iter().for_each(|key| json[*key] = Value::Null);
    json
}

/// Whether `verb` of `run` comes to the same in one process and in three.
fn is_the_same_by_shards(place: &Place, run: &str, images: &[&str], name: &str) {
    let verb = |verb| [&[verb, run], images].concat();
    // Codes, with the draws of posteriors.
    let embed = verb("embed");
    for format in ["npz", "csv"] {
        let [whole, joined] = ["whole", "joined"].map(|kind| format!("{name}-{kind}.{format}"));
        place.ok(&[&embed[..], &["--sample", "--out", &whole]].concat());
        if format == "npz" {
            shards(place, &embed, name);
        }
        place.ok(&with(&embed, &merge(name), &["--sample", "--out", &joined]));
        same_bytes(place, &whole, &joined);
    }
    // Averages, to the bit: what is printed, and what the run keeps.
    let (metrics, evaluate) = (place.path(run).join("metrics.json"), verb("evaluate"));
    let kept = || {
        let kept = fs::read(&metrics).ok();
        let _ = fs::remove_file(&metrics);
        kept
    };
    kept();
    let whole = place.json(&evaluate);
    let kept_of_whole = kept();
    shards(place, &evaluate, &format!("{name}-losses"));
    assert_eq!(kept(), None, "a shard says nothing of the whole");
    let joined = place.json(&with(&evaluate, &merge(&format!("{name}-losses")), &[]));
    let speed = ["images_per_second"];
    assert_eq!(without(joined, &speed), without(whole, &speed));
    assert_eq!(kept(), kept_of_whole);
    // Scores, verdicts, figures.
    let anomalies = [&verb("anomalies")[..], &["--samples", "2"]].concat();
    let figures = || -> Vec<(String, Vec<u8>)> {
        let folder = place.path(run).join("figures");
        let mut found: Vec<_> = fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "svg"))
            .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
            .collect();
        found.sort();
        let _ = fs::remove_dir_all(folder);
        found
    };
    figures();
    let [whole, joined] = ["whole", "joined"].map(|kind| format!("{name}-scores-{kind}.csv"));
    let said = place.json(&[&anomalies[..], &["--out", &whole]].concat());
    let drawn = figures();
    shards(place, &anomalies, &format!("{name}-scores"));
    let again = place.json(&with(&anomalies, &merge(&format!("{name}-scores")), &["--out", &joined]));
    assert_eq!(without(again, &["files"]), without(said, &["files"]));
    same_bytes(place, &whole, &joined);
    let again = figures();
    let names =
        |figures: &[(String, Vec<u8>)]| figures.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&again), names(&drawn));
    again.iter().zip(&drawn).for_each(|(one, other)| assert!(one == other, "{}", one.0));
}

/// A place of its own with a small VAE in `vae`.
fn digits() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        let place = Place::new();
        place.ok(&[&["train", "synthetic-digits-plane", "--out", "vae", "--no-report"], &TINY[..]].concat());
        place
    })
}

#[test]
fn three_shards_of_digits_come_to_what_one_process_does() {
    is_the_same_by_shards(digits(), "vae", &["--split", "all"], "all");
}

/// A picture that differs from all others.
fn write_picture(path: &Path, seed: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let pixel = |x: u32, y: u32| {
        let bar = x.abs_diff(seed % 12 + 2) < 2 && y > seed % 5;
        image::Luma([if bar { 180 } else { ((x * 7 + y * seed) % 60) as u8 }])
    };
    image::GrayImage::from_fn(16, 16, pixel).save(path).unwrap();
}

#[test]
fn shards_of_picture_files_keep_their_names_and_noise() {
    let place = Place::new();
    for i in 0..300 {
        write_picture(&place.path(&format!("pictures/{}/{i:03}.png", ["a", "b"][i as usize % 2])), i);
    }
    let train = ["train", "--data", "pictures", "--epochs", "1", "--out", "run", "--no-report", "-q"];
    place.ok(&[&train[..], &["--set", "data.input.noise=0.2"]].concat());
    is_the_same_by_shards(&place, "run", &["--split", "all"], "own");
    // Other images than the run's own, one with an overlay each.
    let others = ["embed", "run", "--images", "pictures"];
    shards(&place, &others, "others");
    place.ok(&[&others[..], &["--out", "whole.csv"]].concat());
    place.ok(&with(&others, &merge("others"), &["--out", "joined.csv"]));
    same_bytes(&place, "whole.csv", "joined.csv");
    let over = ["anomalies", "run", "--images", "pictures", "--samples", "2"];
    place.ok(&[&over[..], &["--overlays", "over"]].concat());
    for shard in ["1/3", "2/3", "3/3"] {
        let part = format!("over-{}.part", &shard[..1]);
        place
            .ok(&[&over[..], &["--shard", shard, "--out", &part, "--overlays", "by-shards", "--force"]]
                .concat());
    }
    for i in 0..300 {
        let name = format!("{}/{i:03}.png", ["a", "b"][i % 2]);
        same_bytes(&place, &format!("over/{name}"), &format!("by-shards/{name}"));
    }
    // The pictures change: parts are of others.
    write_picture(&place.path("pictures/a/000.png"), 1234);
    let ran = place.run(&with(&others, &merge("others"), &["--out", "again.csv"]));
    assert_eq!(ran.code, Some(2));
    let expected =
        "error: others-2.part: is of other images than those that are named here, or they have changed\n";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
}

#[test]
fn archives_are_trained_on_and_shared_part_by_part() {
    let place = Place::new();
    fs::create_dir(place.path("set")).unwrap();
    for part in 0..3 {
        let file = fs::File::create(place.path(&format!("set/set-{part:06}.tar"))).unwrap();
        let mut archive = tar::Builder::new(file);
        for i in part * 100..(part + 1) * 100 {
            write_picture(&place.path("picture.png"), i);
            archive.append_path_with_name(place.path("picture.png"), format!("{i:04}.png")).unwrap();
            fs::write(place.path("class"), ["ant", "bee"][i as usize % 2]).unwrap();
            archive.append_path_with_name(place.path("class"), format!("{i:04}.cls")).unwrap();
        }
        archive.finish().unwrap();
    }
    let braces = "set/set-{000000..000002}.tar";
    let said = place.ok(&["data", braces]).stdout;
    assert!(said.contains("set: 300 images") && said.contains("ant") && said.contains("bee"), "{said}");
    place.ok(&["train", "--data", braces, "--epochs", "1", "--out", "run", "--no-report", "-q"]);
    // The run finds its images from elsewhere, too.
    fs::create_dir(place.path("elsewhere")).unwrap();
    let mut own = place.command(&["embed", "../run", "--split", "all", "--out", "own.csv"]);
    assert!(own.current_dir(place.path("elsewhere")).status().unwrap().success());
    // The folder holds the same images.
    for (images, name) in [(["--data", braces], "braces"), (["--data", "set"], "folder")] {
        let embed = [&["embed", "run"], &images[..], &["--split", "all"]].concat();
        let [whole, joined] = ["whole", "joined"].map(|kind| format!("{name}-{kind}.csv"));
        place.ok(&[&embed[..], &["--out", &whole]].concat());
        shards(&place, &embed, name);
        place.ok(&with(&embed, &merge(name), &["--out", &joined]));
        same_bytes(&place, &whole, &joined);
    }
    same_bytes(&place, "braces-whole.csv", "folder-whole.csv");
    same_bytes(&place, "braces-whole.csv", "elsewhere/own.csv");
    let table = read_table(&place, "folder-whole.csv");
    assert_eq!(column(&table, "file")[100..102], ["set-000001.tar/0100", "set-000001.tar/0101"]);
    assert_eq!(column(&table, "class")[..2], ["ant", "bee"]);
}

#[test]
fn shards_of_a_table_keep_the_error_of_each_column() {
    let place = Place::new();
    let row = |i: u32| format!("{},{},{}\n", i % 17, (i * i) % 23, f64::from(i % 7) / 3.0);
    let rows: String = (0..400).map(row).collect();
    fs::write(place.path("table.csv"), format!("length,width,depth\n{rows}")).unwrap();
    place.ok(&["train", "--data", "table.csv", "--epochs", "1", "--out", "run", "--no-report", "-q"]);
    is_the_same_by_shards(&place, "run", &["--split", "all"], "rows");
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let place = Place::new();
    let train = ["train", "synthetic-digits-plane", "--no-report", "-q"];
    place.ok(&[&train[..], &["--out", "vae"], &TINY[..]].concat());
    place.ok(&[&train[..], &["--out", "other", "--seed", "9"], &TINY[..]].concat());
    let all = ["--split", "all"];
    let embed = [&["embed", "vae"], &all[..]].concat();
    shards(&place, &embed, "p");
    place.ok(&[&embed[..], &["--shard", "1/2", "--out", "half.part"]].concat());
    place.ok(&[&["embed", "other"], &all[..], &["--shard", "3/3", "--out", "other.part"]].concat());
    place.ok(&[&["embed", "vae", "--split", "train", "--shard", "1/1", "--out", "train.part"][..]].concat());
    place.ok(&[&["evaluate", "vae"], &all[..], &["--shard", "3/3", "--out", "losses.part"]].concat());
    place.ok(&[&embed[..], &["--invert", "--shard", "3/3", "--out", "inverted.part"]].concat());
    fs::copy(place.path("p-1.part"), place.path("twin.part")).unwrap();
    fs::write(place.path("text.part"), "no part").unwrap();
    let whole = fs::read(place.path("p-3.part")).unwrap();
    fs::write(place.path("cut.part"), &whole[..whole.len() - 1]).unwrap();
    let cases: [(&[&str], &str); 10] = [
        (&["p-1.part", "p-2.part"], "--merge: 1 of 3 shards missing: 3/3"),
        (&["p-3.part"], "--merge: 2 of 3 shards missing: 1/3, 2/3"),
        (&["p-1.part", "p-2.part", "p-3.part", "twin.part"], "p-1.part and twin.part are both shard 1/3"),
        (&["half.part", "p-2.part", "p-3.part"], "half.part is shard 1/2 and p-2.part is shard 2/3"),
        (&["p-1.part", "p-2.part", "other.part"], "other.part: is of other weights (SHA-256 "),
        (&["train.part"], "train.part: is of 243 rows, but the images that are named here are 300"),
        (
            &["p-1.part", "p-2.part", "losses.part"],
            "losses.part: is of `latentlab evaluate`, not of `latentlab embed`",
        ),
        (&["p-1.part", "inverted.part"], "inverted.part: was made with --invert true, and here it is false"),
        (&["p-1.part", "text.part"], "text.part: is no whole part"),
        (&["p-1.part", "cut.part"], "cut.part: is no whole part"),
    ];
    for (parts, expected) in cases {
        let ran = place.run(&[&embed[..], &["--out", "out.npz", "--merge"], parts].concat());
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("error: {expected}")), "{expected}\n{}", ran.stderr);
        assert!(!place.path("out.npz").exists());
    }
    // What evaluates and scores besides.
    shards(&place, &[&["evaluate", "vae", "--noise", "0.1"], &all[..]].concat(), "noisy");
    let ran = place.run(&with(&[&["evaluate", "vae"], &all[..]].concat(), &merge("noisy"), &[]));
    assert!(
        ran.stderr.contains("was made with --noise gaussian:0.1, and here it is the recipe's"),
        "{}",
        ran.stderr
    );
    shards(&place, &[&["anomalies", "vae", "--samples", "2"], &all[..]].concat(), "scores");
    let ran = place.run(&with(&[&["anomalies", "vae"], &all[..]].concat(), &merge("scores"), &[]));
    assert!(ran.stderr.contains("was made with --samples 2, and here it is 10"), "{}", ran.stderr);
}

#[test]
fn what_cannot_be_shared_is_refused_by_name() {
    let place = trained();
    for (arguments, expected) in [
        (
            &["embed", "vae", "--shard", "1/3", "--out", "x.npz"][..],
            "error: --out x.npz: --shard takes --out FILE.part",
        ),
        (&["evaluate", "vae", "--shard", "1/3"], "error: --shard takes --out FILE.part"),
        (&["anomalies", "vae", "--shard", "1/3"], "error: --shard takes --out FILE.part"),
        (
            &["embed", "vae", "--shard", "1/3", "--out", "x.part"],
            "error: --shard 1/3: shards are whole batches of 128 rows, and 30 rows are 1 of them",
        ),
        (&["embed", "vae", "--shard", "4/3", "--out", "x.part"], "write I/N"),
        (
            &["evaluate", "vae", "--full", "--shard", "1/3", "--out", "x.part"],
            "'--full' cannot be used with '--shard",
        ),
        (&["evaluate", "vae", "--full", "--merge", "x.part"], "'--full' cannot be used with '--merge"),
        (&["anomalies", "vae", "--merge", "x.part", "--heat-maps", "h.npz"], "'--heat-maps"),
        (
            &["embed", "vae", "--merge", "none.part", "--out", "x.npz"],
            "error: none.part: there is no such part",
        ),
    ] {
        let ran = place.run(arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}\n{}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{arguments:?}\n{}", ran.stderr);
    }
}
