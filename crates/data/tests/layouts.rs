//! Folders as they lie: what sub-folders are, and which images are held out of few, or of classes.

mod fixtures;

use std::path::Path;

use data::{DataSpec, Dataset, TestImages, UNKNOWN_CLASS};
use fixtures::{open, open_path};
use image::{GrayImage, Luma};

fn pictures(folder: &Path, count: usize) {
    std::fs::create_dir_all(folder).unwrap();
    for i in 0..count {
        let picture = GrayImage::from_fn(5, 5, |x, y| Luma([(x * 9 + y * 31) as u8 ^ (i as u8 * 3)]));
        picture.save(folder.join(format!("{i}.png"))).unwrap();
    }
}

fn names(set: &Dataset) -> Vec<String> {
    let mut names: Vec<String> = (0..set.len()).map(|i| set.file_name(i).unwrap().to_owned()).collect();
    names.sort();
    names
}

fn counts(path: &Path) -> [usize; 3] {
    let splits = open_path(path).unwrap();
    [splits.train.len(), splits.valid.len(), splits.test.len()]
}

#[test]
fn folders_named_for_splits_are_splits() {
    let folder = tempfile::tempdir().unwrap();
    for (name, count) in [("training", 20), ("Validation", 3), ("test", 4)] {
        pictures(&folder.path().join(name), count);
    }
    let splits = open_path(folder.path()).unwrap();
    assert_eq!(counts(folder.path()), [20, 3, 4]);
    assert!(names(&splits.test).iter().all(|name| name.starts_with("test/")));
    assert!(names(&splits.valid).iter().all(|name| name.starts_with("Validation/")));
    assert!(splits.train.classes().is_empty());
    let notes = &splits.train.inventory().unwrap().notes;
    assert_eq!(notes, &["sub-folders are taken for splits: train 20, valid 3, test 4"]);
}

#[test]
fn splits_may_have_classes_and_lie_in_a_folder_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("archive/animals");
    for class in ["cat", "dog"] {
        pictures(&root.join("train").join(class), 20);
        pictures(&root.join("test").join(class), 5);
    }
    let spec = DataSpec { path: Some(folder.path().into()), stratify: Some(true), ..DataSpec::default() };
    let splits = open(&spec).unwrap();
    assert_eq!(
        counts(folder.path()),
        [36, 4, 10],
        "no folder of validation images: a tenth of those to train on"
    );
    assert_eq!(splits.train.classes(), ["cat", "dog"]);
    let of =
        |set: &Dataset, class: u32| set.labels().unwrap().iter().filter(|label| **label == class).count();
    assert_eq!(
        [of(&splits.valid, 0), of(&splits.valid, 1), of(&splits.test, 0), of(&splits.test, 1)],
        [2, 2, 5, 5]
    );
}

#[test]
fn the_layout_of_mvtec_is_known() {
    let folder = tempfile::tempdir().unwrap();
    for (name, count) in [("train/good", 20), ("test/good", 4), ("test/crack", 5), ("ground_truth/crack", 5)]
    {
        pictures(&folder.path().join(name), count);
    }
    let splits = open_path(folder.path()).unwrap();
    assert_eq!(counts(folder.path()), [18, 2, 9]);
    assert_eq!(splits.train.classes(), ["crack", "good"]);
    assert!((0..18).all(|i| splits.train.class(i) == Some("good")));
    let inventory = splits.train.inventory().unwrap();
    assert_eq!(inventory.left_out, ["5 images in ground_truth: masks of MVTec's layout"]);
    // Training images without class folders beside test images with some.
    let folder = tempfile::tempdir().unwrap();
    for (name, count) in [("train", 10), ("test/good", 2), ("test/scratch", 3)] {
        pictures(&folder.path().join(name), count);
    }
    let splits = open_path(folder.path()).unwrap();
    assert_eq!(splits.test.classes(), ["good", "scratch", UNKNOWN_CLASS]);
    assert_eq!((splits.train.class(0), splits.test.len()), (Some(UNKNOWN_CLASS), 5));
}

#[test]
fn a_folder_of_data_sets_is_refused_and_one_of_them_named() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["bottle/train/good", "bottle/test/crack", "cable/train/good", "cable/ground_truth/bent"] {
        pictures(&folder.path().join(name), 3);
    }
    let message = open_path(folder.path()).unwrap_err().to_string();
    let expected = format!(
        "holds 2 data sets, each with its own train folder (bottle, cable, …): name one of them, as {}",
        folder.path().join("bottle").display()
    );
    assert!(message.contains(&expected), "{message}");
}

#[test]
fn splits_with_a_number_or_a_domain_in_their_name_are_splits() {
    let folder = tempfile::tempdir().unwrap();
    pictures(&folder.path().join("train"), 10);
    pictures(&folder.path().join("test1"), 4);
    assert_eq!(counts(folder.path()), [9, 1, 4]);
    let folder = tempfile::tempdir().unwrap();
    for (name, count) in [("trainA", 5), ("trainB", 5), ("testA", 2), ("testB", 3)] {
        pictures(&folder.path().join(name), count);
    }
    let splits = open_path(folder.path()).unwrap();
    assert_eq!(counts(folder.path()), [9, 1, 5]);
    assert_eq!(splits.test.classes(), ["A", "B"]);
    assert_eq!(splits.test.labels().unwrap(), [0, 0, 1, 1, 1]);
    // Without training images, nobody can tell which are to be trained on.
    let folder = tempfile::tempdir().unwrap();
    pictures(&folder.path().join("test"), 5);
    pictures(&folder.path().join("val"), 5);
    let splits = open_path(folder.path()).unwrap();
    assert_eq!(splits.train.classes(), ["test", "val"]);
    let notes = &splits.train.inventory().unwrap().notes;
    assert_eq!(notes, &["test, val: taken for a class, as there is no train folder beside another split"]);
}

#[test]
fn masks_beside_images_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    pictures(&folder.path().join("images"), 20);
    pictures(&folder.path().join("masks"), 20);
    let splits = open_path(folder.path()).unwrap();
    assert_eq!(counts(folder.path()), [16, 2, 2]);
    assert!(splits.train.classes().is_empty());
    assert_eq!(splits.train.inventory().unwrap().left_out, ["20 images in masks: masks"]);
}

#[test]
fn other_folders_are_classes_in_natural_order_with_all_that_lies_in_them() {
    let folder = tempfile::tempdir().unwrap();
    for class in 0..12 {
        pictures(&folder.path().join(class.to_string()), 3);
    }
    pictures(&folder.path().join("3/more/still"), 2);
    let splits = open_path(folder.path()).unwrap();
    let expected: Vec<String> = (0..12).map(|class| class.to_string()).collect();
    assert_eq!(splits.train.classes(), expected);
    let inventory = splits.train.inventory().unwrap();
    assert_eq!(inventory.classes[3], ("3".to_owned(), 5));
    assert_eq!(inventory.notes, ["2 images in folders within classes: read as part of the class"]);
    // A folder named test among others is a class like them.
    let folder = tempfile::tempdir().unwrap();
    pictures(&folder.path().join("test"), 6);
    pictures(&folder.path().join("control"), 6);
    assert_eq!(open_path(folder.path()).unwrap().train.classes(), ["control", "test"]);
}

#[test]
fn few_images_are_enough() {
    for (count, expected) in
        [(1, [1, 1, 1]), (2, [1, 1, 1]), (3, [1, 1, 1]), (5, [3, 1, 1]), (14, [12, 1, 1])]
    {
        let folder = tempfile::tempdir().unwrap();
        pictures(folder.path(), count);
        assert_eq!(counts(folder.path()), expected, "{count} images");
    }
}

#[test]
fn a_stratified_choice_takes_its_part_of_every_class() {
    let folder = tempfile::tempdir().unwrap();
    for (class, count) in [("many", 60), ("some", 30), ("few", 10)] {
        pictures(&folder.path().join(class), count);
    }
    let spec = DataSpec { path: Some(folder.path().into()), stratify: Some(true), ..DataSpec::default() };
    for seed in 0..5 {
        let splits = open(&DataSpec { seed, ..spec.clone() }).unwrap();
        let of = |set: &Dataset| {
            let labels = set.labels().unwrap();
            [0, 1, 2].map(|class| labels.iter().filter(|label| **label == class).count())
        };
        assert_eq!(splits.train.classes(), ["few", "many", "some"]);
        assert_eq!((of(&splits.test), of(&splits.valid)), ([1, 6, 3], [1, 5, 3]));
        assert_eq!(of(&splits.train), [8, 49, 24]);
    }
    let all = |spec: &DataSpec| {
        let splits = open(spec).unwrap();
        let mut all = [names(&splits.train), names(&splits.valid), names(&splits.test)].concat();
        all.sort();
        all
    };
    assert_eq!(all(&spec).len(), 100);
    assert_eq!(
        all(&spec),
        all(&DataSpec { stratify: None, ..spec.clone() }),
        "the same images in other parts"
    );
}

#[test]
fn test_images_may_lie_in_a_folder_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    pictures(&folder.path().join("mine/a"), 10);
    pictures(&folder.path().join("mine/b"), 10);
    pictures(&folder.path().join("other/b"), 4);
    pictures(&folder.path().join("other/c"), 3);
    let spec = DataSpec {
        path: Some(folder.path().join("mine")),
        test: Some(TestImages::Path(folder.path().join("other"))),
        ..DataSpec::default()
    };
    let splits = open(&spec).unwrap();
    assert_eq!([splits.train.len(), splits.valid.len(), splits.test.len()], [18, 2, 7]);
    assert_eq!(splits.train.classes(), ["a", "b", "c"]);
    let labels = splits.test.labels().unwrap();
    assert_eq!(labels, [1, 1, 1, 1, 2, 2, 2]);
}
