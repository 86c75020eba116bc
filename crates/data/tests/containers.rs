//! HDF5 files as h5py writes them, and Parquet files whose rows hold images as Hugging Face's do; made by
//! `scripts/data_file_cases.py`.

mod fixtures;

use std::path::{Path, PathBuf};

#[cfg(any(feature = "hdf5", feature = "parquet"))]
use data::{DataError, DataSpec, Dataset, Splits};
use fixtures::open_path;

fn stored(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stored").join(name)
}

/// The image that the script made as number `i`.
#[cfg(any(feature = "hdf5", feature = "parquet"))]
fn made(i: usize) -> Vec<u8> {
    (0..20).map(|at| ((37 * i + 11 * (at / 4) + 5 * (at % 4)) % 256) as u8).collect()
}

#[cfg(any(feature = "hdf5", feature = "parquet"))]
fn bytes(set: &Dataset, i: usize) -> Vec<u8> {
    fixtures::image(set, i).iter().map(|value| (value * 255.0).round() as u8).collect()
}

#[cfg(any(feature = "hdf5", feature = "parquet"))]
fn opened(name: &str, change: impl FnOnce(&mut DataSpec)) -> Result<Splits, DataError> {
    let mut spec = DataSpec { path: Some(stored(name)), ..DataSpec::default() };
    change(&mut spec);
    fixtures::open(&spec)
}

/// The images are those that were made, the first eight to train and validate, with their classes; the last has none
/// where `unknown`.
#[cfg(any(feature = "hdf5", feature = "parquet"))]
fn check(splits: &Splits, classes: &[&str], unknown: Option<usize>) {
    let Splits { train, valid, test } = splits;
    assert_eq!((train.len() + valid.len(), test.len()), (8, 4));
    let first = if test.shares_pixels_with(train) { 0 } else { 8 };
    for (set, first) in [(train, 0), (valid, 0), (test, first)] {
        for i in 0..set.len() {
            let number = first + set.position(i);
            assert_eq!(bytes(set, i), made(number), "image {number}");
            let class = if unknown == Some(number) { data::UNKNOWN_CLASS } else { classes[number % 3] };
            assert_eq!(set.class(i), Some(class), "image {number}");
        }
    }
}

#[cfg(feature = "hdf5")]
mod hdf5 {
    use data::TableOptions;

    use super::*;

    #[test]
    fn chunks_byte_orders_and_compressions_give_the_values_that_were_written() {
        let splits = open_path(&stored("keras.h5")).unwrap();
        assert_eq!(splits.train.shape().to_string(), "5×4×1");
        check(&splits, &["0", "1", "2"], None);
    }

    #[test]
    fn groups_are_splits_and_texts_are_classes() {
        let splits = open_path(&stored("groups.h5")).unwrap();
        check(&splits, &["zebra", "ant", "bee"], None);
        assert_eq!(splits.train.classes(), ["ant", "bee", "zebra"]);
    }

    #[test]
    fn sets_on_disk_are_the_same() {
        let dirs = data::DataDirs { memory: Some(50), ..data::DataDirs::default() };
        let spec = DataSpec { path: Some(stored("keras.h5")), ..DataSpec::default() };
        let splits = data::open(&spec, &dirs, &mut |_| ()).unwrap();
        assert!(splits.train.is_on_disk());
        check(&splits, &["0", "1", "2"], None);
    }

    #[test]
    fn every_type_is_read_by_name() {
        for (name, expected) in [("i2", made(3)), ("u4", made(3)), ("f2", made(3))] {
            let splits = opened("types.h5", |spec| spec.array = Some(name.into())).unwrap();
            let whole = splits.train.whole();
            assert_eq!((whole.len(), bytes(&whole, 3)), (12, expected), "{name}");
        }
        let splits = opened("types.h5", |spec| spec.array = Some("bool".into())).unwrap();
        let black_and_white: Vec<u8> =
            made(3).iter().map(|value| if *value > 128 { 255 } else { 0 }).collect();
        assert_eq!(bytes(&splits.train.whole(), 3), black_and_white);
    }

    #[test]
    fn rows_of_numbers_are_a_table() {
        let options = TableOptions { array: Some("rows".into()), ..TableOptions::default() };
        let table = data::read_table(&stored("types.h5"), &options).unwrap();
        assert_eq!(table.rows(), 12);
        assert_eq!(table.values[..4], [0.0, 1.0 / 7.0, 2.0 / 7.0, 3.0 / 7.0]);
    }

    #[test]
    fn what_cannot_be_meant_is_named() {
        let message = open_path(&stored("types.h5")).unwrap_err().to_string();
        assert!(message.contains("name one with data.array (--array NAME)"), "{message}");
        assert!(message.contains("bool [12, 5, 4]"), "{message}");
        let message = opened("types.h5", |spec| spec.array = Some("records".into())).unwrap_err().to_string();
        assert!(message.contains("array records: element type Compound"), "{message}");
        let message = opened("types.h5", |spec| spec.array = Some("none".into())).unwrap_err().to_string();
        assert!(message.contains("no array of this name; the file holds [\"bool\""), "{message}");
    }

    #[test]
    fn damaged_files_are_refused_without_a_panic() {
        super::damage("keras.h5", 23);
        super::damage("groups.h5", 29);
    }
}

#[cfg(feature = "parquet")]
mod parquet {
    use data::{DataDirs, ImageShape, PictureOptions, UNKNOWN_CLASS};

    use super::*;

    #[test]
    fn parts_are_splits_with_the_names_of_the_classes() {
        let splits = open_path(&stored("parts")).unwrap();
        check(&splits, &["zebra", "ant", "bee"], Some(11));
        assert_eq!(splits.train.classes(), ["zebra", "ant", "bee", UNKNOWN_CLASS]);
        assert_eq!(splits.test.class(3), Some(UNKNOWN_CLASS));
        assert_eq!(splits.test.file_name(0), Some("8.png"));
        let notes = &splits.train.inventory().unwrap().notes;
        assert!(
            notes.contains(&"files are taken for splits by their names: train 8, test 4".into()),
            "{notes:?}"
        );
    }

    #[test]
    fn bytes_alone_are_images_too() {
        let splits = open_path(&stored("plain.parquet")).unwrap();
        let whole = splits.train.whole();
        assert_eq!(whole.len(), 12);
        for i in 0..12 {
            assert_eq!((bytes(&whole, i), whole.class(i)), (made(i), Some(["zebra", "ant", "bee"][i % 3])));
            assert_eq!(whole.file_name(i), None);
        }
        let options = PictureOptions::new(ImageShape::new(5, 4, 1));
        let set = data::load_pictures(&stored("plain.parquet"), &options, &DataDirs::default()).unwrap();
        assert_eq!(bytes(&set, 7), made(7));
        assert_eq!(data::survey(&stored("plain.parquet"), None, false).unwrap().images, 12);
        let pictures = data::list_pictures(&stored("parts")).unwrap();
        assert_eq!((pictures.len(), pictures[5].page, pictures[5].name.as_str()), (12, 1, "5.png"));
        let labelled = opened("plain.parquet", |spec| spec.label = Some("size".into())).unwrap();
        assert_eq!(labelled.train.classes().len(), 12);
        let message = opened("plain.parquet", |spec| spec.label = Some("x".into())).unwrap_err().to_string();
        assert!(
            message.contains("no column \"x\" of labels; its columns are picture, target, size"),
            "{message}"
        );
    }

    #[test]
    fn broken_rows_are_named_and_left_out_where_asked_for() {
        let message = open_path(&stored("broken.parquet")).unwrap_err().to_string();
        assert!(message.contains("2 image files cannot be used"), "{message}");
        assert!(
            message.contains("row 2: no image of a kind") && message.contains("row 3: it is empty"),
            "{message}"
        );
        let splits = opened("broken.parquet", |spec| spec.skip_broken = true).unwrap();
        let whole = splits.train.whole();
        assert_eq!((whole.len(), bytes(&whole, 1)), (2, made(3)));
        let left_out = &splits.train.inventory().unwrap().left_out;
        assert!(left_out[0].starts_with("2 broken files: "), "{left_out:?}");
    }

    #[test]
    fn damaged_files_are_refused_without_a_panic() {
        super::damage("plain.parquet", 7);
        super::damage("parts/test-00000-of-00001.parquet", 11);
    }
}

/// Opens copies of a file with a byte changed at every `step`-th position, and cut there.
#[cfg(any(feature = "hdf5", feature = "parquet"))]
fn damage(name: &str, step: usize) {
    let folder = tempfile::tempdir().unwrap();
    let good = std::fs::read(stored(name)).unwrap();
    let path = folder.path().join(Path::new(name).file_name().unwrap());
    for at in (0..good.len()).step_by(step) {
        for value in [0, 0x7f, 0xff, good[at] ^ 1] {
            let mut bad = good.clone();
            bad[at] = value;
            std::fs::write(&path, &bad).unwrap();
            let _ = open_path(&path);
        }
        std::fs::write(&path, &good[..at]).unwrap();
        let _ = open_path(&path);
    }
    for garbage in [&b""[..], b"PAR1", b"\x89HDF\r\n\x1a\n", &[0xff; 4096]] {
        std::fs::write(&path, garbage).unwrap();
        assert!(open_path(&path).is_err());
    }
}

#[cfg(not(feature = "hdf5"))]
#[test]
fn hdf5_without_its_feature_is_named() {
    let message = open_path(&stored("keras.h5")).unwrap_err().to_string();
    assert!(
        message.contains("this build does not read HDF5 files: build it with the cargo feature `hdf5`"),
        "{message}"
    );
}

#[cfg(not(feature = "parquet"))]
#[test]
fn parquet_without_its_feature_is_named() {
    for name in ["plain.parquet", "parts"] {
        let message = open_path(&stored(name)).unwrap_err().to_string();
        assert!(
            message.contains("this build does not read Parquet files: build it with the cargo feature"),
            "{message}"
        );
    }
}
