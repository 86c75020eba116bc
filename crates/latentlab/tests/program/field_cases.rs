//! What people of the field type, on files as they have them: read as they meant it, or answered with what to type.

use std::fs;
use std::path::Path;

use image::{GrayImage, Luma, Rgba, RgbaImage};
use serde_json::json;

use crate::harness::Place;

/// Pictures that differ, none of one value.
fn pictures(folder: &Path, count: u32, first: u32) {
    fs::create_dir_all(folder).unwrap();
    for i in 0..count {
        let value = move |x: u32, y: u32| {
            let (cx, cy) = ((first + i) * 7 % 12 + 2, (first + i) * 5 % 11 + 2);
            let near = x.abs_diff(cx) + y.abs_diff(cy) < 4;
            Luma([if near { 230 } else { (40 + x * 3 + (first + i) % 50) as u8 }])
        };
        GrayImage::from_fn(16, 16, value).save(folder.join(format!("{i:03}.png"))).unwrap();
    }
}

/// The bytes of a `.npy` file.
fn npy(descriptor: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': '{descriptor}', 'fortran_order': False, 'shape': {shape}, }}");
    let text = format!("{text:<117}\n");
    [b"\x93NUMPY\x01\0", &(text.len() as u16).to_le_bytes()[..], text.as_bytes(), values].concat()
}

/// Bytes of `count` drawings of 12 × 12 pixels: 1 in a square that moves, else 0.
fn drawings(count: usize) -> Vec<u8> {
    let value = |i: usize, p: usize| {
        let (x, y) = (p % 12, p / 12);
        u8::from((i % 7..i % 7 + 5).contains(&x) && (i / 7 % 7..i / 7 % 7 + 5).contains(&y))
    };
    (0..count * 144).map(|k| value(k / 144, k % 144)).collect()
}

const QUICK: [&str; 4] = ["--epochs", "1", "--no-report", "--quiet"];

#[test]
fn folders_of_splits_stay_splits_and_numbers_of_classes_stay_numbers() {
    let place = Place::new();
    for (split, count, first) in [("train", 20, 0), ("val", 4, 100), ("test", 5, 200)] {
        for class in ["2", "10"] {
            pictures(&place.path("d").join(split).join(class), count, first);
        }
    }
    let found = place.json(&["data", "d"]);
    assert_eq!(found["classes"], json!(["2", "10"]));
    let images = |split: &str| found["splits"][split]["images"].as_u64();
    assert_eq!([images("train"), images("valid"), images("test")], [Some(40), Some(8), Some(10)]);
    place.ok(&[&["train", "--data", "d", "--out", "r"], &QUICK[..]].concat());
    place.ok(&["embed", "r", "--out", "e.csv"]);
    let table = fs::read_to_string(place.path("e.csv")).unwrap();
    let rows: Vec<&str> = table.lines().skip(1).collect();
    assert_eq!(rows.len(), 10);
    assert!(
        rows.iter().all(|row| row.contains(",test/") && (row.ends_with(",2,2") || row.ends_with(",10,10")))
    );
}

#[test]
fn every_verb_says_what_was_read_and_left_out() {
    let place = Place::new();
    pictures(&place.path("d"), 20, 0);
    for i in 0..6 {
        fs::copy(place.path(&format!("d/00{i}.png")), place.path(&format!("d/x{i}.heic"))).unwrap();
    }
    pictures(&place.path("d2/a"), 10, 0);
    pictures(&place.path("d2/a/deeper"), 5, 50);
    pictures(&place.path("d2/b"), 10, 100);
    let said = "left out: 6 images of kinds that are not read: 6 .heic";
    let trained = place.ok(&["train", "--data", "d", "--epochs", "1", "--no-report", "--out", "r"]);
    assert!(trained.stderr.contains("d: 20 images of 16×16×1, .png") && trained.stderr.contains(said));
    for verb in [
        &["data", "d"][..],
        &["embed", "r", "--images", "d", "--out", "e.npz"],
        &["anomalies", "r", "--images", "d"],
        &["augment", "r", "--images", "d", "-n", "1", "--out", "more"],
        &["evaluate", "r"],
    ] {
        let ran = place.ok(verb);
        assert!(ran.stderr.contains(said), "{verb:?}\n{}", ran.stderr);
    }
    let deeper = place.ok(&["data", "d2"]).stderr;
    assert!(deeper.contains("d2: 25 images") && deeper.contains("classes: a 15, b 10"), "{deeper}");
    assert!(deeper.contains("5 images in folders within classes"), "{deeper}");
}

#[test]
fn drawings_of_zeros_and_ones_are_black_and_white_for_every_verb() {
    let place = Place::new();
    fs::write(place.path("bits.npy"), npy("|u1", "(49, 12, 12)", &drawings(49))).unwrap();
    let set = ["--set", "training.batch_size=8"];
    let ran = place.ok(&[
        &["train", "--data", "bits.npy", "--epochs", "12", "--no-report", "--out", "r"],
        &set[..],
    ]
    .concat());
    assert!(ran.stderr.contains("values are 0 and 1: 1 is white (data.range = [0, 1])"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("collapse"), "{}", ran.stderr);
    let recipe = fs::read_to_string(place.path("r/recipe.toml")).unwrap();
    assert!(recipe.contains("range = [0.0, 1.0]"), "the run reads later images alike\n{recipe}");
    // One dark drawing alone says nothing of its scale; the run knows it.
    let mut one = drawings(1);
    one.fill(0);
    fs::write(place.path("one.npy"), npy("|u1", "(1, 12, 12)", &one)).unwrap();
    let ran = place.ok(&["evaluate", "r", "--data", "one.npy"]);
    assert!(ran.stderr.contains("one: 1 image of 12×12×1"), "{}", ran.stderr);
}

#[test]
fn pictures_that_are_all_equal_are_called_so_before_anything_else_is_blamed() {
    let place = Place::new();
    fs::create_dir_all(place.path("ink")).unwrap();
    for i in 0..20 {
        let drawn = |x: u32, y: u32| if x > y + i % 5 { Rgba([0, 0, 0, 255]) } else { Rgba([0, 0, 0, 0]) };
        RgbaImage::from_fn(16, 16, drawn).save(place.path(&format!("ink/{i}.png"))).unwrap();
    }
    let ran = place.ok(&["data", "ink"]);
    assert!(
        ran.stderr.contains("laid over white, because 20 of them would vanish on black"),
        "{}",
        ran.stderr
    );
    let black = [
        "train",
        "--data",
        "ink",
        "--epochs",
        "3",
        "--out",
        "r",
        "--set",
        "data.background=black",
        "--set",
        "data.channels=grey",
    ];
    let ran = place.ok(&black);
    let fault = "all 20 images are equal: there is nothing to learn; transparent parts are laid over black: try --set \
                 data.background=white";
    assert!(ran.stderr.contains(&format!("warning: ink: {fault}")), "{}", ran.stderr);
    assert!(!ran.stderr.contains("objective.kl.weight"), "{}", ran.stderr);
    let page = fs::read_to_string(place.path("r/report.html")).unwrap();
    assert!(page.contains("Look at the data first: all 20 images are equal"));
}

#[test]
fn arrays_of_any_kind_train() {
    let place = Place::new();
    let bits = drawings(49);
    let doubles: Vec<u8> = bits.iter().flat_map(|bit| (f64::from(*bit) * 0.8).to_be_bytes()).collect();
    let longs: Vec<u8> = bits.iter().flat_map(|bit| (i64::from(*bit) * 255).to_le_bytes()).collect();
    let colours: Vec<u8> = bits.chunks(144).flat_map(|image| image.repeat(3)).map(|bit| bit * 255).collect();
    for (name, bytes) in [
        ("doubles.npy", npy(">f8", "(49, 12, 12)", &doubles)),
        ("longs.NPY", npy("<i8", "(49, 12, 12)", &longs)),
        ("flat.npy", npy("|b1", "(49, 144)", &bits)),
        ("first.npy", npy("|u1", "(49, 3, 12, 12)", &colours)),
        ("tiny.npy", npy("|u1", "(49, 6, 24)", &bits.iter().map(|bit| bit * 255).collect::<Vec<_>>())),
    ] {
        fs::write(place.path(name), bytes).unwrap();
        place.ok(&[&["train", "--data", name, "--out", &format!("r-{name}")], &QUICK[..]].concat());
    }
}

#[test]
fn data_that_changed_since_training_keep_their_splits_and_say_so() {
    let place = Place::new();
    pictures(&place.path("grows"), 30, 0);
    place.ok(&[&["train", "--data", "grows", "--out", "r"], &QUICK[..]].concat());
    let losses = |ran: &serde_json::Value| (ran["images"].clone(), ran["total"].clone());
    let before = place.json(&["evaluate", "r"]);
    pictures(&place.path("more"), 1, 777);
    fs::rename(place.path("more/000.png"), place.path("grows/000-new.png")).unwrap();
    let ran = place.ok(&["evaluate", "r", "--json"]);
    let after: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(losses(&after), losses(&before), "the same test images");
    assert!(ran.stderr.contains("grows has changed since r was trained: 1 image is new"), "{}", ran.stderr);
    fs::remove_file(place.path("grows/003.png")).unwrap();
    fs::remove_file(place.path("grows/000-new.png")).unwrap();
    let ran = place.ok(&["embed", "r", "--split", "all", "--out", "all.csv"]);
    assert!(ran.stderr.contains("1 image is gone"), "{}", ran.stderr);
    // From another folder the run finds its data all the same.
    fs::create_dir(place.path("elsewhere")).unwrap();
    let mut command = place.command(&["evaluate", "../r"]);
    let ran = place.ran(command.current_dir(place.path("elsewhere")).output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

#[test]
fn broken_files_are_listed_and_left_out_on_demand() {
    let place = Place::new();
    pictures(&place.path("d"), 20, 0);
    fs::write(place.path("d/empty.jpg"), b"").unwrap();
    fs::write(place.path("d/page.png"), b"<!DOCTYPE html>").unwrap();
    let ran = place.run(&["train", "--data", "d"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(
        ran.stderr,
        "error: d: 2 image files cannot be used\n  empty.jpg: it is empty\n  page.png: a web page, perhaps what a \
         download gave in place of the image\nhint: --skip-broken leaves such files out\n"
    );
    let ran =
        place.ok(&["train", "--data", "d", "--skip-broken", "--epochs", "1", "--no-report", "--out", "r"]);
    assert!(ran.stderr.contains("left out: 2 broken files: empty.jpg, page.png"), "{}", ran.stderr);
    place.ok(&["evaluate", "r"]);
    // A run on images that were all whole is given others.
    pictures(&place.path("whole"), 20, 50);
    place.ok(&[&["train", "--data", "whole", "--out", "w"], &QUICK[..]].concat());
    let ran = place.run(&["embed", "w", "--images", "d", "--out", "e.csv"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("hint: --skip-broken"), "{}", ran.stderr);
    place.ok(&["embed", "w", "--images", "d", "--skip-broken", "--out", "e.csv"]);
    assert_eq!(fs::read_to_string(place.path("e.csv")).unwrap().lines().count(), 21);
    // A broken file that came to the run's own images.
    fs::write(place.path("whole/late.png"), b"").unwrap();
    let ran = place.run(&["evaluate", "w"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("hint: --skip-broken"), "{}", ran.stderr);
    for data in [&[][..], &["--data", "whole"]] {
        place.ok(&[&["evaluate", "w", "--skip-broken"], data].concat());
    }
}

#[test]
fn data_given_to_a_run_are_its_own_kind_and_images_that_it_has_seen_are_told() {
    let place = Place::new();
    pictures(&place.path("d"), 30, 0);
    place.ok(&[&["train", "--data", "d", "--out", "r"], &QUICK[..]].concat());
    fs::rename(place.path("d"), place.path("moved")).unwrap();
    let ran = place.ok(&["evaluate", "r", "--data", "moved"]);
    assert!(
        ran.stderr.contains("moved: r was trained on 24 of its 30; what it does to those says nothing about new ones: --split test takes those that it has not seen"),
        "{}",
        ran.stderr
    );
    let ran = place.ok(&["evaluate", "r", "--data", "moved", "--split", "test", "--json"]);
    assert!(!ran.stderr.contains("was trained on"), "{}", ran.stderr);
    assert!(ran.stdout.contains("\"images\": 3"), "{}", ran.stdout);
    // An image of another size among those of the run.
    fs::rename(place.path("moved"), place.path("d")).unwrap();
    GrayImage::from_fn(24, 40, |x, y| Luma([(x * 5 + y * 3) as u8])).save(place.path("d/wide.png")).unwrap();
    let ran = place.ok(&["evaluate", "r"]);
    assert!(ran.stderr.contains("d has changed since r was trained: 1 image is new"), "{}", ran.stderr);
    // A run on a table takes no images.
    let rows: String = (0..60).map(|i| format!("{},{},{}\n", i % 7, (i * i) % 11, i as f32 * 0.3)).collect();
    fs::write(place.path("t.csv"), format!("u,v,w\n{rows}")).unwrap();
    place.ok(&[&["train", "--data", "t.csv", "--out", "t"], &QUICK[..]].concat());
    for option in ["--data", "--images"] {
        let ran = place.run(&["embed", "t", option, "d", "--out", "x.csv"]);
        assert_eq!(ran.code, Some(2));
        assert!(
            ran.stderr.contains("holds images, but t was trained on a table of 3 columns"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn scans_of_dark_ink_are_told_from_light_strokes_and_can_be_inverted() {
    let place = Place::new();
    pictures(&place.path("strokes"), 30, 0);
    let invert = |name: &str| {
        let picture = image::open(place.path(name)).unwrap().into_luma8();
        let inverted = GrayImage::from_fn(16, 16, |x, y| Luma([255 - picture.get_pixel(x, y)[0]]));
        fs::create_dir_all(place.path("scans")).unwrap();
        inverted.save(place.path(&name.replace("strokes", "scans"))).unwrap();
    };
    (0..30).for_each(|i| invert(&format!("strokes/{i:03}.png")));
    place.ok(&[&["train", "--data", "strokes", "--out", "r"], &QUICK[..]].concat());
    let codes = |arguments: &[&str]| {
        let ran = place.ok(&[&["embed", "r", "--force", "--out", "e.csv"], arguments].concat());
        (fs::read_to_string(place.path("e.csv")).unwrap(), ran.stderr)
    };
    let (own, said) = codes(&["--images", "strokes"]);
    assert!(!said.contains("dark on light"), "{said}");
    let (wrong, said) = codes(&["--images", "scans"]);
    assert!(said.contains("dark on light") && said.contains("--invert"), "{said}");
    let (right, _) = codes(&["--images", "scans", "--invert"]);
    assert_ne!(own, wrong);
    for (own, right) in own.split([',', '\n']).zip(right.split([',', '\n'])) {
        // 1 − (255 − v) / 255 is v / 255 but for a rounding.
        let close = |(a, b): (f64, f64)| (a - b).abs() < 1e-4;
        let numbers = own.parse().ok().zip(right.parse().ok());
        assert!(numbers.map_or(own == right, close), "{own} {right}");
    }
}

#[test]
fn tables_train_and_come_back_in_their_units() {
    let place = Place::new();
    let mut csv = String::from("id,length,weight,label\n");
    for i in 0..120u32 {
        // Weight follows length, but for the odd ones.
        let length = 100.0 + f64::from(i * 37 % 50);
        let weight = 5000.0 - 20.0 * length + if i % 24 == 5 { 4000.0 } else { 0.0 };
        csv += &format!("{i},{length},{weight},{}\n", if i % 24 == 5 { "odd" } else { "sound" });
    }
    fs::write(place.path("t.csv"), &csv).unwrap();
    let train = ["train", "--data", "t.csv", "--as", "ae", "--latent", "1", "--epochs", "40", "--out", "r"];
    let ran = place.ok(&train);
    assert!(ran.stderr.contains("t: 120 rows of 2 columns"), "{}", ran.stderr);
    assert!(ran.stderr.contains("column id (running integers) is left out"), "{}", ran.stderr);
    place.ok(&["reconstruct", "r", "--split", "all", "--out", "back.csv"]);
    let back = fs::read_to_string(place.path("back.csv")).unwrap();
    assert_eq!(back.lines().next(), Some("index,length,weight,label,class"));
    let (mut errors, mut spread) = (0.0, 0.0);
    for (given, made) in csv.lines().skip(1).zip(back.lines().skip(1)) {
        let weight = |line: &str| line.split(',').nth(2).unwrap().parse::<f64>().unwrap();
        errors += (weight(given) - weight(made)).powi(2);
        spread += (weight(given) - 2800.0).powi(2);
    }
    assert!(errors < 0.3 * spread, "weights come back as weights: {errors} of {spread}");
    let scores =
        place.json(&["anomalies", "r", "--split", "all", "--anomalous-class", "odd", "--out", "s.csv"]);
    assert!(scores["reconstruction_error"]["auroc"].as_f64().unwrap() > 0.9, "{scores}");
    assert!(
        fs::read_to_string(place.path("r/report.html")).unwrap().contains("of the variance of 12 test rows")
    );
    // Missing values are refused where they stand, or become the mean.
    fs::write(place.path("gap.csv"), csv.replacen("0,100,", "0,,", 1)).unwrap();
    let ran = place.run(&["train", "--data", "gap.csv"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("gap.csv: line 2: column length") && ran.stderr.contains("--impute mean"),
        "{}",
        ran.stderr
    );
    place.ok(&[
        "train",
        "--data",
        "gap.csv",
        "--impute",
        "mean",
        "--epochs",
        "1",
        "--no-report",
        "--out",
        "g",
    ]);
    // What only images can be is refused.
    let ran = place.run(&["traverse", "r"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("r is a run on a table"), "{}", ran.stderr);
    let bce = ["train", "--data", "t.csv", "--set", "objective.reconstruction.loss=bce"];
    assert!(place.run(&bce).stderr.contains("takes values in [0, 1]"));
}

#[test]
fn test_images_may_lie_in_a_folder_of_their_own_and_other_sets_are_taken_whole() {
    let place = Place::new();
    pictures(&place.path("d/train"), 30, 0);
    pictures(&place.path("t/good"), 6, 300);
    pictures(&place.path("t/scratch"), 5, 400);
    let own = ["train", "--data", "d/train", "--set", "data.test=t", "--out", "r"];
    place.ok(&[&own, &QUICK[..]].concat());
    let scores = place.json(&["anomalies", "r", "--anomalous-class", "scratch"]);
    assert_eq!((scores["images"].as_u64(), scores["anomalous"].as_u64()), (Some(11), Some(5)));
    let scores =
        place.json(&["anomalies", "r", "--data", "t", "--anomalous-class", "scratch", "--out", "s.csv"]);
    assert_eq!(scores["images"].as_u64(), Some(11));
}

#[test]
fn figures_of_other_images_leave_those_of_the_run_alone() {
    let place = Place::new();
    pictures(&place.path("d"), 40, 0);
    pictures(&place.path("others"), 12, 300);
    place.ok(&[&["train", "--data", "d", "--out", "r"], &QUICK[..]].concat());
    for (verb, figure) in
        [("anomalies", "anomalies"), ("reconstruct", "reconstructions"), ("map", "map-tsne")]
    {
        place.ok(&[verb, "r"]);
        let own = place.path(&format!("r/figures/{figure}.png"));
        let before = fs::read(&own).unwrap();
        place.ok(&[verb, "r", "--images", "others"]);
        assert_eq!(fs::read(&own).unwrap(), before, "{verb}");
        assert!(place.path(&format!("r/figures/{figure}-others.png")).exists(), "{verb}");
    }
}
