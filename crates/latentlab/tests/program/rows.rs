//! Which image is which: rows of tables, names of files, images asked for by name.

use std::fs::{self, File};
use std::path::Path;
use std::sync::OnceLock;

use ndarray::{Array1, Array2, Array3, Array4};
use ndarray_npy::{NpzReader, NpzWriter};

use crate::harness::{Place, column, png_size, read_table, trained};

/// A grey picture that differs from all others: a bar, and a stripe where `marked`.
fn write_picture(path: &Path, seed: u32, marked: bool) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let pixel = |x: u32, y: u32| {
        let bar = x.abs_diff(seed % 12 + 2) < 2 && y > seed % 5;
        let stripe = marked && (6..9).contains(&y);
        image::Luma([if stripe {
            255
        } else if bar {
            180
        } else {
            10
        }])
    };
    image::GrayImage::from_fn(16, 16, pixel).save(path).unwrap();
}

/// A place with a run of a folder of 40 pictures, `run` of `sound`, and a test folder with sub-folders.
fn folders() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        let place = Place::new();
        for i in 0..40 {
            write_picture(&place.path(&format!("sound/cat.{i}.png")), i, false);
        }
        for i in 0..20 {
            write_picture(&place.path(&format!("test/good/{i:03}.png")), 50 + i, false);
        }
        for i in 0..15 {
            write_picture(&place.path(&format!("test/scratch/{i:03}.png")), 70 + i, true);
        }
        place.ok(&["train", "--data", "sound", "--epochs", "1", "--out", "run", "--no-report", "-q"]);
        place
    })
}

fn images(file: &Path) -> Array4<f32> {
    NpzReader::new(File::open(file).unwrap()).unwrap().by_name("x").unwrap()
}

/// All files below a folder.
fn count_files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { count_files(&path) } else { 1 }).sum()
}

#[test]
fn names_with_dots_all_get_their_files() {
    let place = folders();
    let said =
        place.json(&["augment", "run", "--images", "sound", "-n", "3", "--originals", "--out", "more"]);
    assert_eq!((&said["images"], &said["originals"]), (&160.into(), &40.into()));
    assert_eq!(count_files(&place.path("more")), 160);
    for name in ["cat.0-variation-001", "cat.39-variation-003", "cat.7-original"] {
        assert_eq!(png_size(&place.path(&format!("more/{name}.png"))), (16, 16));
    }
    // Of the run's own images, too.
    let said = place.json(&["augment", "run", "--split", "all", "-n", "1", "--out", "own"]);
    assert_eq!((said["images"].as_u64(), count_files(&place.path("own"))), (Some(40), 40));
    assert!(place.path("own/cat.12-variation-001.png").is_file());
    // Variations are of the training images unless others are named.
    let vae = trained();
    assert_eq!(vae.json(&["augment", "vae", "-n", "1", "--out", "varied"])["originals"], 243);
    // Two inputs of one stem.
    for (name, seed) in [("a.png", 1), ("a.bmp.png", 2), ("b.png", 3)] {
        write_picture(&place.path(&format!("twins/{name}")), seed, false);
    }
    image::open(place.path("twins/b.png")).unwrap().save(place.path("twins/a.jpg")).unwrap();
    for verb in [&["reconstruct", "run", "--images", "twins"][..], &["denoise", "run", "twins"]] {
        let out = format!("twins-{}", verb[0]);
        let said = place.json(&[verb, &["--out", &out]].concat());
        assert_eq!((said["images"].as_u64(), count_files(&place.path(&out))), (Some(4), 4), "{}", verb[0]);
        for name in ["a.png.png", "a.jpg.png", "a.bmp.png", "b.png"] {
            assert!(place.path(&out).join(name).is_file(), "{}: {name}", verb[0]);
        }
    }
}

#[test]
fn a_folder_is_a_folder_whatever_its_name() {
    let place = folders();
    fs::create_dir(place.path("results.2024")).unwrap();
    for (out, at) in [("results.2024/", "results.2024"), ("new.v2/", "new.v2"), ("there.png", "there.png")] {
        fs::create_dir_all(place.path("there.png")).unwrap();
        place.ok(&["reconstruct", "run", "--images", "sound", "--out", out]);
        assert_eq!(count_files(&place.path(at)), 40, "{out}");
    }
    let ran = place.run(&["reconstruct", "run", "--out", "another.v3"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("--out another.v3/"), "{}", ran.stderr);
}

#[test]
fn rows_of_another_array_are_all_there_and_in_order() {
    let place = trained();
    let rows = 120;
    let pixel = |(i, y, x): (usize, usize, usize)| ((i * 37 + y * 11 + x * 5) % 256) as u8;
    let labels: Array1<i64> = (0..rows as i64).map(|i| (i * 7 + 3) % 11).collect();
    let mut npz = NpzWriter::new(File::create(place.path("rows.npz")).unwrap());
    npz.add_array("x", &Array3::from_shape_fn((rows, 28, 28), pixel)).unwrap();
    npz.add_array("y", &labels).unwrap();
    npz.finish().unwrap();
    let said = place.json(&["embed", "vae", "--data", "rows.npz", "--out", "all.npz"]);
    assert_eq!(said["images"], 120);
    let mut all = NpzReader::new(File::open(place.path("all.npz")).unwrap()).unwrap();
    assert_eq!(all.by_name::<ndarray::OwnedRepr<i64>, ndarray::Ix1>("label").unwrap(), labels);
    let index: Array1<i64> = all.by_name("index").unwrap();
    assert!(index.iter().copied().eq(0..120));
    let codes: Array2<f32> = all.by_name("mean").unwrap();
    // A part says which rows it has.
    place.ok(&["embed", "vae", "--data", "rows.npz", "--split", "test", "--out", "part.csv"]);
    let part = read_table(place, "part.csv");
    assert_eq!(part.1.len(), 12);
    for ((index, label), mean) in
        column(&part, "index").iter().zip(column(&part, "label")).zip(column(&part, "mean_1"))
    {
        let row: usize = index.parse().unwrap();
        assert_eq!(label.parse::<i64>().unwrap(), labels[row]);
        assert!((mean.parse::<f32>().unwrap() - codes[[row, 0]]).abs() < 1e-5);
    }
    // The run's own images, all of them: the parts together.
    place.ok(&["embed", "vae", "--split", "all", "--out", "own.csv"]);
    let own = read_table(place, "own.csv");
    assert!(column(&own, "index").iter().map(|cell| cell.parse::<usize>().unwrap()).eq(0..300));
    place.ok(&["embed", "vae", "--split", "valid", "--out", "valid.csv"]);
    let valid = read_table(place, "valid.csv");
    for (index, mean) in column(&valid, "index").iter().zip(column(&valid, "mean_2")) {
        let here: f32 = column(&own, "mean_2")[index.parse::<usize>().unwrap()].parse().unwrap();
        assert!((mean.parse::<f32>().unwrap() - here).abs() < 1e-5);
    }
    for verb in ["evaluate", "anomalies"] {
        assert_eq!(place.json(&[verb, "vae", "--data", "rows.npz"])["images"], 120, "{verb}");
    }
    let said = place.json(&["clusters", "vae", "--data", "rows.npz", "--clusters", "2", "--out", "two.csv"]);
    assert_eq!(said["points"], 120);
    assert_eq!(column(&read_table(place, "two.csv"), "cluster").len(), 120);
}

#[test]
fn anomalies_of_a_test_folder_are_all_scored() {
    let place = folders();
    for (option, out) in [("--data", "by-data.csv"), ("--images", "by-images.csv")] {
        let said =
            place.json(&["anomalies", "run", option, "test", "--anomalous-class", "scratch", "--out", out]);
        assert_eq!((&said["images"], &said["anomalous"]), (&35.into(), &15.into()), "{option}");
        assert!(said["reconstruction_error"]["auroc"].as_f64().is_some(), "{said}");
        let scores = read_table(place, out);
        assert_eq!(scores.0[..2], ["index", "file"]);
        for (row, (file, class)) in column(&scores, "file").iter().zip(column(&scores, "class")).enumerate() {
            assert!(file.starts_with(&format!("{class}/")), "{option}: {file} {class}");
            assert_eq!(
                (scores.1[row][0].as_str(), column(&scores, "anomalous")[row] == "1"),
                (&*row.to_string(), class == "scratch")
            );
        }
    }
    // Every verb that makes a table of rows names them.
    for (verb, out) in [("embed", "embedded.npz"), ("map", "mapped.npz")] {
        place.ok(&[verb, "run", "--images", "test", "--out", out]);
        let names = NpzReader::new(File::open(place.path(out)).unwrap()).unwrap().names().unwrap();
        for name in ["index", "file", "label", "class", "classes"] {
            assert!(
                names.iter().any(|other| other.trim_end_matches(".npy") == name),
                "{verb}: {name} in {names:?}"
            );
        }
    }
    place.ok(&["map", "embedded.npz", "--method", "pca", "--out", "again.csv"]);
    let again = read_table(place, "again.csv");
    assert_eq!(
        (&column(&again, "file")[34], &column(&again, "class")[34]),
        (&"scratch/014.png".into(), &"scratch".into())
    );
    // Two files are enough to look at.
    write_picture(&place.path("two/x.png"), 1, false);
    write_picture(&place.path("two/y.png"), 2, false);
    assert_eq!(place.json(&["embed", "run", "--data", "two", "--out", "two.csv"])["images"], 2);
}

#[test]
fn images_are_named_by_position_file_or_path() {
    let place = folders();
    let way = |from: &str, to: &str| {
        let arguments = ["interpolate", "run", "--from", from, "--to", to, "--steps", "3"];
        place.ok(&[&arguments[..], &["--split", "all", "--out", "way.npz", "--force"]].concat());
        images(&place.path("way.npz"))
    };
    place.ok(&["embed", "run", "--split", "all", "--out", "names.csv"]);
    let names = column(&read_table(place, "names.csv"), "file");
    let by_position = way("3", "17");
    assert!(by_position == way(&names[3], &names[17]));
    assert!(by_position == way(&format!("sound/{}", names[3]), names[17].trim_end_matches(".png")));
    // A file that is in no set.
    write_picture(&place.path("new.png"), 99, true);
    assert!(by_position != way("3", "new.png"));
    let held = |image: &str| {
        let arguments = ["traverse", "run", "--dims", "1", "--steps", "3", "--image", image];
        place.ok(&[&arguments[..], &["--split", "all", "--out", "held.npz", "--force"]].concat());
        images(&place.path("held.npz"))
    };
    assert!(held("3") == held(&names[3]) && held("3") != held("new.png"));
    let ran = place.run(&["interpolate", "run", "--from", "nobody.png", "--to", "0"]);
    assert_eq!(ran.code, Some(2));
    let expected = "error: --from nobody.png: there is neither a file of this name here nor one in sound\nhint: a position \
                    in the test split, 0 to 3, a name such as cat.";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
}

#[test]
fn codes_of_a_table_are_decoded() {
    let place = folders();
    place.ok(&["reconstruct", "run", "--images", "test", "--out", "made.npz"]);
    let made = images(&place.path("made.npz"));
    for (table, out) in [("codes.npz", "from-npz.npz"), ("codes.csv", "from-csv.npz")] {
        place.ok(&["embed", "run", "--images", "test", "--out", table]);
        place.ok(&["decode", "run", "--codes", table, "--out", out]);
        let decoded = images(&place.path(out));
        assert_eq!(decoded.shape(), made.shape());
        assert!(decoded.iter().zip(&made).all(|(a, b)| (a - b).abs() < 1e-5), "{table}");
    }
    let said = place.json(&["decode", "run", "--codes", "codes.csv", "--out", "decoded/"]);
    assert_eq!((said["images"].as_u64(), count_files(&place.path("decoded"))), (Some(35), 35));
    assert!(place.path("decoded/scratch/014.png").is_file());
    let ran = place.run(&["decode", "run", "--z", "codes.csv"]);
    assert!(ran.stderr.contains("--codes codes.csv decodes the rows of a table"), "{}", ran.stderr);
    fs::write(place.path("narrow.csv"), "1,2\n3,4\n").unwrap();
    let ran = place.run(&["decode", "run", "--codes", "narrow.csv"]);
    assert!(
        ran.stderr.starts_with("error: --codes narrow.csv: 2 numbers, but the latent space of run has"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.code, Some(2));
    // One image alone is that image.
    let vae = trained();
    vae.ok(&["generate", "vae", "-n", "1", "--out", "one.png"]);
    vae.ok(&["decode", "vae", "--z", "0,1", "--out", "point.png"]);
    assert_eq!((png_size(&vae.path("one.png")), png_size(&vae.path("point.png"))), ((28, 28), (28, 28)));
}
