//! Folders of several `.npy` files: one set in parts.

mod fixtures;

use std::path::Path;

use data::{DataDirs, DataError, DataSpec, Splits};
use fixtures::{image, open_path};
use ndarray::{Array1, Array3, s};

fn values() -> Array3<u8> {
    Array3::from_shape_fn((60, 4, 5), |(i, y, x)| (i * 4 + y * 5 + x) as u8)
}

fn open(path: &Path, memory: Option<u64>) -> Result<Splits, DataError> {
    let spec = DataSpec { path: Some(path.into()), ..DataSpec::default() };
    data::open(&spec, &DataDirs { memory, ..DataDirs::default() }, &mut |_| ())
}

#[test]
fn parts_are_one_set_in_memory_and_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (all, labels) = (values(), Array1::from_shape_fn(60, |i| (i % 3) as i64));
    for kind in ["bytes", "floats", "deep", "whole"] {
        std::fs::create_dir(at(kind)).unwrap();
    }
    for (part, rows) in [(0, 0..7), (1, 7..40), (10, 40..60)] {
        let some = all.slice(s![rows.clone(), .., ..]).to_owned();
        let of_labels = labels.slice(s![rows]).to_owned();
        ndarray_npy::write_npy(at(&format!("bytes/images-{part}.npy")), &some).unwrap();
        ndarray_npy::write_npy(at(&format!("bytes/labels-{part}.npy")), &of_labels).unwrap();
        ndarray_npy::write_npy(
            at(&format!("floats/part{part}.npy")),
            &some.mapv(|value| f32::from(value) / 255.0),
        )
        .unwrap();
        // The first part alone would be taken for one of fewer bits.
        ndarray_npy::write_npy(at(&format!("deep/x_{part}.npy")), &some.mapv(|value| u16::from(value) * 16))
            .unwrap();
        ndarray_npy::write_npy(at(&format!("deep/y_{part}.npy")), &of_labels).unwrap();
    }
    ndarray_npy::write_npy(at("whole/bytes.npy"), &all).unwrap();
    ndarray_npy::write_npy(at("whole/deep.npy"), &all.mapv(|value| u16::from(value) * 16)).unwrap();
    for kind in ["bytes", "floats", "deep"] {
        let whole = if kind == "deep" { "whole/deep.npy" } else { "whole/bytes.npy" };
        let whole = open_path(&at(whole)).unwrap().train.whole();
        for memory in [None, Some(100)] {
            let set = open(&at(kind), memory).unwrap().train.whole();
            assert_eq!((set.len(), set.shape(), set.name()), (60, whole.shape(), kind));
            assert_eq!((set.is_on_disk(), set.bytes_in_memory() == 0), (memory.is_some(), memory.is_some()));
            (0..60).for_each(|i| assert_eq!(image(&set, i), image(&whole, i), "{kind} {i}"));
            let labelled = (0..60).all(|i| set.class(i) == Some(["0", "1", "2"][i % 3]));
            assert_eq!(labelled, kind != "floats");
            assert!(set.check().is_ok());
        }
    }
    let splits = open(&at("bytes"), Some(100)).unwrap();
    assert_eq!(splits.train.files().len(), 6);
    let notes = &splits.train.inventory().unwrap().notes;
    assert!(notes.contains(&"3 .npy files, one behind the other".into()), "{notes:?}");
    // A part that is written to meanwhile.
    let file = at("bytes/images-1.npy");
    let length = file.metadata().unwrap().len();
    std::fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(length - 9).unwrap();
    assert!(splits.train.check().unwrap_err().to_string().contains("images-1.npy: was written to"));
}

#[test]
fn names_of_parts_are_splits() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let all = values();
    for (split, rows) in [("train", 0..40), ("test", 40..60)] {
        ndarray_npy::write_npy(
            at(&format!("x_{split}.npy")),
            &all.slice(s![rows.clone(), .., ..]).to_owned(),
        )
        .unwrap();
        ndarray_npy::write_npy(at(&format!("y_{split}.npy")), &Array1::from_iter(rows.map(|i| i % 2)))
            .unwrap();
    }
    let splits = open_path(folder.path()).unwrap();
    assert_eq!((splits.train.len() + splits.valid.len(), splits.test.len()), (40, 20));
    assert_eq!((splits.test.class(1), splits.train.classes().len()), (Some("1"), 2));
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let refusal = |files: &[(&str, usize, usize)]| {
        let folder = tempfile::tempdir().unwrap();
        for (name, count, side) in files {
            let path = folder.path().join(name);
            match side {
                0 => ndarray_npy::write_npy(path, &Array1::<i64>::zeros(*count)).unwrap(),
                side => ndarray_npy::write_npy(
                    path,
                    &Array3::<u8>::from_shape_fn((*count, *side, 5), |(i, y, x)| (i + y + x) as u8),
                )
                .unwrap(),
            }
        }
        let message = open_path(folder.path()).unwrap_err().to_string();
        message
            .replace(&format!("{}/", folder.path().display()), "")
            .replace(&folder.path().display().to_string(), ".")
    };
    let shapes = refusal(&[("x-0.npy", 9, 4), ("x-1.npy", 9, 6)]);
    assert_eq!(
        shapes,
        ".: its parts are of several shapes: images of x-0.npy are 4×5×1, those of x-1.npy are 6×5×1"
    );
    let counts = refusal(&[("x-0.npy", 9, 4), ("y-0.npy", 8, 0)]);
    assert!(counts.starts_with("x-0.npy holds 9 images, but y-0.npy holds 8 labels"), "{counts}");
    let without = refusal(&[("x-0.npy", 9, 4), ("x-1.npy", 9, 4), ("y-0.npy", 9, 0)]);
    assert_eq!(
        without,
        ".: x-1.npy has no labels beside it, as x-0.npy has in y-0.npy; --label none takes no labels"
    );
    assert_eq!(refusal(&[("y-0.npy", 9, 0)]), ".: holds .npy files of labels, but none of images");
    let vector = refusal(&[("x-0.npy", 9, 4), ("z-1.npy", 9, 0)]);
    assert!(vector.starts_with("z-1.npy: shape [9]"), "{vector}");
}
