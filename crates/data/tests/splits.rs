//! Datasets as views, and which images land in which split.

mod fixtures;

use data::{DataError, DataSpec, Dataset, HoldOut, ImageShape, Limits, TestImages, Validation};
use fixtures::{idx_images, idx_labels, image, open, open_path, write};

/// A folder of 100 images whose first pixel is their number.
fn hundred() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("train-images-idx3-ubyte"), &idx_images(100));
    write(&folder.path().join("train-labels-idx1-ubyte"), &idx_labels(100));
    folder
}

fn numbers(set: &Dataset) -> Vec<usize> {
    (0..set.len()).map(|i| (image(set, i)[0] * 255.0).round() as usize).collect()
}

#[test]
fn every_image_lands_in_one_split() {
    let folder = hundred();
    let spec = DataSpec { path: Some(folder.path().into()), ..DataSpec::default() };
    let rules = [
        (Some(HoldOut::Last(10)), Some(Validation::Last(20)), [70, 20, 10]),
        (Some(HoldOut::First(10)), Some(Validation::First(20)), [70, 20, 10]),
        (Some(HoldOut::Count(15)), Some(Validation::Count(30)), [55, 30, 15]),
        (Some(HoldOut::Fraction(0.2)), Some(Validation::Fraction(0.25)), [60, 20, 20]),
        (None, None, [81, 9, 10]),
        (None, Some(Validation::Test), [90, 10, 10]),
    ];
    for (test, valid, counts) in rules {
        let spec = DataSpec { test: test.map(TestImages::HoldOut), valid, ..spec.clone() };
        let splits = open(&spec).unwrap();
        let parts = [numbers(&splits.train), numbers(&splits.valid), numbers(&splits.test)];
        assert_eq!(parts.each_ref().map(Vec::len), counts, "{test:?} {valid:?}");
        if valid == Some(Validation::Test) {
            assert_eq!(parts[1], parts[2]);
        }
        let mut all: Vec<usize> = parts.concat();
        all.sort_unstable();
        all.dedup();
        assert!(all.into_iter().eq(0..100), "{test:?} {valid:?}");
        let again = open(&spec).unwrap();
        assert_eq!(numbers(&again.train), parts[0], "the same seed gives the same split");
        let labels: Vec<u32> = parts[1].iter().map(|number| *number as u32 % 3).collect();
        assert_eq!(splits.valid.labels(), Some(labels), "labels are kept through");
    }
    let first = open(&DataSpec {
        valid: Some(Validation::First(2)),
        test: Some(TestImages::HoldOut(HoldOut::Last(1))),
        ..spec
    });
    assert_eq!(numbers(&first.unwrap().valid), [0, 1]);
}

#[test]
fn another_seed_gives_another_random_split() {
    let folder = hundred();
    let spec = |seed| DataSpec { path: Some(folder.path().into()), seed, ..DataSpec::default() };
    assert_ne!(numbers(&open(&spec(0)).unwrap().test), numbers(&open(&spec(1)).unwrap().test));
}

#[test]
fn limits_keep_the_first_images() {
    let folder = hundred();
    let limit = Limits { train: Some(5), valid: Some(1000), test: None };
    let spec = DataSpec {
        path: Some(folder.path().into()),
        valid: Some(Validation::Last(20)),
        test: Some(TestImages::HoldOut(HoldOut::First(10))),
        limit,
        ..DataSpec::default()
    };
    let splits = open(&spec).unwrap();
    assert_eq!(numbers(&splits.train), [10, 11, 12, 13, 14]);
    assert_eq!((splits.valid.len(), splits.test.len()), (20, 10));
}

#[test]
fn a_split_that_leaves_nothing_is_refused() {
    let folder = hundred();
    let base = DataSpec { path: Some(folder.path().into()), ..DataSpec::default() };
    let cases = [
        (Some(HoldOut::Last(100)), None, "data.test.last = 100: must leave at least one image on each side"),
        (None, Some(Validation::Count(90)), "data.valid.count = 90: must leave"),
        (None, Some(Validation::Fraction(0.001)), "data.valid.fraction = 0.001: must leave"),
    ];
    for (test, valid, expected) in cases {
        let message = open(&DataSpec { test: test.map(TestImages::HoldOut), valid, ..base.clone() })
            .unwrap_err()
            .to_string();
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn padding_surrounds_with_zeros() {
    let colours: Vec<u8> = (1..=12).collect();
    let set = Dataset::from_bytes("c", ImageShape::new(2, 2, 3), colours).unwrap().padded(1);
    assert_eq!(set.shape(), ImageShape::new(4, 4, 3));
    let pixels = image(&set, 0);
    let inner: Vec<f32> = [&pixels[15..21], &pixels[27..33]].concat();
    assert!(inner.into_iter().eq((1..=12).map(|v| v as f32 / 255.0)));
    assert_eq!(pixels.iter().filter(|v| **v == 0.0).count(), 48 - 12);
}

#[test]
fn subsets_of_subsets_share_pixels_and_check_indices() {
    let set = Dataset::from_bytes("n", ImageShape::new(1, 1, 1), (0..50).collect()).unwrap();
    let odd = set.subset(&[1, 3, 5, 7, 9]).unwrap();
    assert_eq!(numbers(&odd.subset(&[4, 0, 0]).unwrap()), [9, 1, 1]);
    assert_eq!(numbers(&odd.first(2)), [1, 3]);
    assert!(matches!(odd.subset(&[5]), Err(DataError::Values { .. })));
    assert!(matches!(odd.subset(&[]), Err(DataError::Values { .. })));
}

#[test]
fn values_that_do_not_fit_together_are_refused() {
    let shape = ImageShape::new(2, 2, 1);
    let refusals = [
        (Dataset::from_bytes("v", shape, vec![]), "are no whole number of images"),
        (Dataset::from_bytes("v", shape, vec![0; 7]), "are no whole number of images"),
        (Dataset::from_bytes("v", ImageShape::new(0, 2, 1), vec![0; 4]), "holds no pixels"),
        (Dataset::from_floats("v", shape, vec![0.0, 0.5, 1.5, 0.0]), "pixel value 2 is 1.5"),
        (Dataset::from_floats("v", shape, vec![0.0, f32::NAN, 0.5, 0.0]), "pixel value 1 is NaN"),
        (
            Dataset::from_bytes("v", shape, vec![0; 8]).and_then(|set| set.with_labels(vec![0], vec![])),
            "1 labels for 2 images",
        ),
        (
            Dataset::from_bytes("v", shape, vec![0; 4])
                .and_then(|set| set.with_labels(vec![1], vec!["only".into()])),
            "label 0 is 1: must be below 1, the number of names",
        ),
    ];
    for (result, expected) in refusals {
        let message = result.unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_path_that_is_nothing_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.md");
    let message = open_path(&file).unwrap_err().to_string();
    assert!(message.contains("cannot open"), "{message}");
    write(&file, b"hello");
    let message = open_path(&file).unwrap_err().to_string();
    assert!(
        message.contains("must be a folder of images or of IDX files, an image, a .tar of images, a .npy"),
        "{message}"
    );
}

#[test]
fn excluded_classes_stay_among_the_test_images_only() {
    let folder = hundred(); // labels 0, 1, 2 in turn
    let spec = DataSpec { path: Some(folder.path().into()), ..DataSpec::default() };
    let excluding = |classes: &[&str]| {
        let exclude_classes = classes.iter().map(ToString::to_string).collect();
        open(&DataSpec { exclude_classes, ..spec.clone() })
    };
    let (all, less) = (open(&spec).unwrap(), excluding(&["2"]).unwrap());
    assert_eq!(numbers(&less.test), numbers(&all.test));
    for (less, all) in [(less.train, all.train), (less.valid, all.valid)] {
        let others: Vec<usize> = numbers(&all).into_iter().filter(|number| number % 3 != 2).collect();
        assert_eq!(numbers(&less), others);
    }
    let message = |classes: &[&str]| excluding(classes).unwrap_err().to_string();
    assert!(message(&["seven"]).starts_with("data.exclude_classes = seven: must be classes of "));
    assert!(message(&["0", "1", "2"]).contains("must leave images"), "{}", message(&["0", "1", "2"]));
}

#[test]
fn all_images_are_the_parts_in_the_order_of_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npz");
    let image = |i: u8| [i, 0, 0, 255 - i];
    let pixels = |range: std::ops::Range<u8>| range.flat_map(image).collect::<Vec<u8>>();
    let labels = |range: std::ops::Range<u8>| range.map(|i| i % 3).collect::<Vec<u8>>();
    fixtures::write(
        &path,
        &fixtures::npz(&[
            ("x_train", fixtures::npy("|u1", "False", "(30, 2, 2)", &pixels(0..30))),
            ("y_train", fixtures::npy("|u1", "False", "(30,)", &labels(0..30))),
            ("x_test", fixtures::npy("|u1", "False", "(10, 2, 2)", &pixels(30..40))),
            ("y_test", fixtures::npy("|u1", "False", "(10,)", &labels(30..40))),
        ]),
    );
    let splits = fixtures::open_path(&path).unwrap();
    let all = splits.all().unwrap();
    assert_eq!((splits.train.len(), splits.test.len(), all.len()), (27, 10, 40));
    let mut out = [0.0; 4];
    for i in 0..40u8 {
        all.image(i.into(), &mut out);
        assert_eq!(out, image(i).map(|value| f32::from(value) / 255.0));
        assert_eq!((all.label(i.into()), all.position(i.into())), (Some(u32::from(i % 3)), i.into()));
    }
    // Parts of one file are all of it, in its order.
    let one = data::Splits { test: splits.valid.clone(), ..splits };
    let all = one.all().unwrap();
    assert!(all.shares_pixels_with(&one.train) && (0..all.len()).all(|i| all.position(i) == i));
    assert_eq!(all.len(), 30);
}
