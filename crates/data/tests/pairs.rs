//! Folders of pairs, and pictures cut into tiles.

mod fixtures;

use std::collections::BTreeSet;
use std::path::Path;

use data::{
    Augmentation, DataSpec, Dataset, Fit, HoldOut, ImageShape, InputSpec, InputTransform, Size, TestImages,
    Validation,
};
use fixtures::{image, open};
use image::{GrayImage, Luma};

/// A picture whose value tells its place: 8 times the row and the column.
fn picture(path: &Path, width: u32, height: u32, offset: u8) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let value = |x: u32, y: u32| Luma([offset + (8 * y + x) as u8]);
    GrayImage::from_fn(width, height, value).save(path).unwrap();
}

fn spec(path: &Path) -> DataSpec {
    DataSpec {
        path: Some(path.into()),
        test: Some(TestImages::HoldOut(HoldOut::Last(1))),
        valid: Some(Validation::Test),
        ..DataSpec::default()
    }
}

/// All images of a set, by the name of their file, as bytes.
fn all(set: &Dataset) -> Vec<(String, Vec<u8>)> {
    let whole = set.whole();
    let bytes = |i| image(&whole, i).iter().map(|value| (255.0 * value).round() as u8).collect();
    (0..whole.len()).map(|i| (whole.file_name(i).unwrap().to_owned(), bytes(i))).collect()
}

#[test]
fn pictures_are_cut_into_tiles_at_their_own_scale() {
    let folder = tempfile::tempdir().unwrap();
    picture(&folder.path().join("a.png"), 7, 5, 0); // two tiles of 2 × 3 beside each other, twice, in the middle
    picture(&folder.path().join("b.png"), 3, 2, 100);
    picture(&folder.path().join("c.png"), 2, 1, 200); // smaller: goes on as its mirror image
    let spec = DataSpec { size: Some(Size::Sides([2, 3])), fit: Some(Fit::Tiles), ..spec(folder.path()) };
    let splits = open(&spec).unwrap();
    assert_eq!(splits.train.shape(), ImageShape::new(2, 3, 1));
    let tile = |row: u8, column: u8| -> Vec<u8> {
        (0..2).flat_map(|y| (0..3).map(move |x| 8 * (row + y) + column + x)).collect()
    };
    let expected = [
        ("a.png@0,0", tile(0, 0)),
        ("a.png@0,3", tile(0, 3)),
        ("a.png@2,0", tile(2, 0)),
        ("a.png@2,3", tile(2, 3)),
        ("b.png@0,0", vec![100, 101, 102, 108, 109, 110]),
        ("c.png@0,0", vec![200, 201, 201, 200, 201, 201]),
    ];
    assert_eq!(all(&splits.train), expected.map(|(name, values)| (name.to_owned(), values)));
    let notes = &splits.train.inventory().unwrap().notes;
    assert!(
        notes.iter().any(|note| note == "3 images are cut into tiles at their own scale: 6 of 2×3"),
        "{notes:?}"
    );
}

#[test]
fn tiles_of_a_picture_stay_in_one_split() {
    let folder = tempfile::tempdir().unwrap();
    // Ten pictures of each class, of 4, 6 or 8 tiles: 118 in all.
    for index in 0..20_u32 {
        let class = if index < 10 { "a" } else { "b" };
        picture(&folder.path().join(format!("{class}/{index}.png")), 4, 4 + 2 * (index % 3), 0);
    }
    let spec = DataSpec {
        path: Some(folder.path().into()),
        size: Some(Size::Square(2)),
        fit: Some(Fit::Tiles),
        stratify: Some(true),
        ..DataSpec::default()
    };
    let pictures = |set: &Dataset| -> BTreeSet<String> {
        let picture = |i| set.file_name(i).unwrap().split('@').next().unwrap().to_owned();
        (0..set.len()).map(picture).collect()
    };
    for seed in 0..20 {
        let splits = open(&DataSpec { seed, ..spec.clone() }).unwrap();
        let [train, valid, test] = [&splits.train, &splits.valid, &splits.test].map(pictures);
        assert_eq!(
            train.len() + valid.len() + test.len(),
            20,
            "each picture in one: {train:?} {valid:?} {test:?}"
        );
        assert_eq!(splits.train.len() + splits.valid.len() + splits.test.len(), 118);
        // As near to a tenth of either class as half of the largest picture.
        for class in 0..2 {
            let tiles =
                |set: &Dataset| set.labels().unwrap().iter().filter(|label| **label == class).count() as f64;
            let all = tiles(&splits.train) + tiles(&splits.valid) + tiles(&splits.test);
            for held in [&splits.valid, &splits.test] {
                assert!((tiles(held) - 0.1 * all).abs() < 4.5, "{} of {all}", tiles(held));
            }
        }
    }
    // A single picture has nothing to keep apart.
    let one = tempfile::tempdir().unwrap();
    picture(&one.path().join("only.png"), 10, 10, 0);
    let splits = open(&DataSpec { path: Some(one.path().into()), stratify: None, ..spec.clone() }).unwrap();
    assert_eq!([&splits.train, &splits.valid, &splits.test].map(Dataset::len), [20, 2, 3]);
    // Two have: the smaller one tests.
    picture(&one.path().join("two.png"), 10, 4, 0);
    let splits = open(&DataSpec { path: Some(one.path().into()), stratify: None, ..spec }).unwrap();
    assert_eq!(pictures(&splits.test), BTreeSet::from(["two.png".to_owned()]));
}

#[test]
fn images_of_a_pair_stay_together() {
    let folder = tempfile::tempdir().unwrap();
    let (noisy, clean) = (folder.path().join("noisy"), folder.path().join("clean"));
    for (index, name) in ["s/x", "s/b", "t/y", "t/a10", "t/a9"].iter().enumerate() {
        picture(&noisy.join(format!("{name}.png")), 4, 4, index as u8);
        picture(&clean.join(format!("{name}.bmp")), 4, 4, 100 + index as u8);
    }
    for tiles in [None, Some(2)] {
        let mut spec = DataSpec { clean: Some(clean.clone()), ..spec(&noisy) };
        spec.size = tiles.map(Size::Square);
        spec.fit = tiles.map(|_| Fit::Tiles);
        let splits = open(&spec).unwrap();
        let transform = InputTransform::new(&InputSpec::default(), 1).unwrap();
        let flips = data::AugmentSpec { flip: Some(data::Flip::Both), ..data::AugmentSpec::default() };
        let augmentation = Augmentation::new(&flips, 3).unwrap();
        for set in [&splits.train, &splits.test] {
            assert!(set.has_clean());
            for index in 0..set.len() {
                let values = set.shape().values();
                let (mut input, mut target) = (vec![0.0; values], vec![0.0; values]);
                transform.fill(set, 0, index, &mut input, &mut target);
                assert_eq!(input, image(set, index));
                let differ = |input: &[f32], target: &[f32]| {
                    input.iter().zip(target).all(|(a, b)| (255.0 * (b - a)).round() == 100.0)
                };
                assert!(differ(&input, &target), "{input:?} {target:?}");
                transform.fill_augmented(set, (&augmentation, 5), 0, index, &mut input, &mut target);
                assert!(differ(&input, &target), "{input:?} {target:?}");
                transform.mean_target(set, index, &mut input);
                assert!((255.0 * input[0]).round() >= 100.0);
            }
        }
    }
}

#[test]
fn folders_that_do_not_match_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (noisy, clean) = (folder.path().join("noisy"), folder.path().join("clean"));
    for name in ["a", "b", "c", "d", "e"] {
        picture(&noisy.join(format!("{name}.png")), 4, 4, 0);
        picture(&clean.join(format!("{name}.png")), 4, 4, 0);
    }
    let message = || open(&DataSpec { clean: Some(clean.clone()), ..spec(&noisy) }).unwrap_err().to_string();
    picture(&clean.join("b.png"), 5, 4, 0);
    assert!(message().contains("1 are of two sizes: b (4×4 and 4×5)"), "{}", message());
    for name in ["a", "c", "d", "e"] {
        std::fs::remove_file(clean.join(format!("{name}.png"))).unwrap();
    }
    picture(&clean.join("z.png"), 4, 4, 0);
    let text = message();
    assert!(text.starts_with("data.clean = ") && text.contains("4 of "), "{text}");
    assert!(text.contains("have no image of that name there: a, c, d, …"), "{text}");
    assert!(text.contains("1 there have none in") && text.contains(": z;"), "{text}");
    for (change, part) in [
        (
            DataSpec {
                input: InputSpec { noise: None, binarise: Some(data::Binarise::Threshold) },
                ..spec(&noisy)
            },
            "binarise",
        ),
        (DataSpec { test: Some(TestImages::Path(noisy.clone())), ..spec(&noisy) }, "data.test"),
    ] {
        let message = DataSpec { clean: Some(clean.clone()), ..change }.check().unwrap_err().to_string();
        assert!(message.starts_with("data.clean = ") && message.contains(part), "{message}");
    }
}

#[test]
fn files_that_are_skipped_on_one_side_only_pair_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (noisy, clean) = (folder.path().join("noisy"), folder.path().join("clean"));
    for (index, name) in ["a", "b", "c", "d", "e"].iter().enumerate() {
        for side in [&noisy, &clean] {
            picture(&side.join(format!("{name}.png")), 14, 14, index as u8);
        }
    }
    // Headers that are whole, and pixels that are not: as many images are left on either side.
    for file in [noisy.join("a.png"), clean.join("c.png")] {
        let bytes = std::fs::read(&file).unwrap();
        std::fs::write(&file, &bytes[..60]).unwrap();
    }
    let spec = DataSpec { clean: Some(clean.clone()), skip_broken: true, ..spec(&noisy) };
    let message = open(&spec).unwrap_err().to_string();
    assert!(message.contains("1 of noisy have no image of that name there: c.png"), "{message}");
}
