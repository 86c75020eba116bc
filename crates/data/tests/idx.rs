//! IDX files: what is read, and what each kind of damage is answered with.

mod fixtures;

use data::{DataError, IdxProblem};
use fixtures::{gzip, idx, idx_images, idx_labels, image, open_path, write};

#[test]
fn a_folder_of_idx_files_is_read_gzipped_or_not() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("train-images-idx3-ubyte"), &idx_images(20));
    write(&folder.path().join("train-labels-idx1-ubyte.gz"), &gzip(&idx_labels(20)));
    write(&folder.path().join("t10k-images-idx3-ubyte.gz"), &gzip(&idx_images(3)));
    let splits = open_path(folder.path()).unwrap();
    assert_eq!((splits.train.len(), splits.valid.len(), splits.test.len()), (18, 2, 3));
    assert_eq!(splits.test.shape(), data::ImageShape::new(2, 3, 1));
    assert_eq!(image(&splits.test, 2), [2.0, 3.0, 4.0, 5.0, 6.0, 7.0].map(|v: f32| v / 255.0));
    // Nobody knows the labels of the test images.
    assert_eq!((splits.test.class(0), splits.train.classes().len()), (Some(data::UNKNOWN_CLASS), 4));
    for i in 0..18 {
        let first_pixel = (image(&splits.train, i)[0] * 255.0).round() as u32;
        assert_eq!(splits.train.label(i), Some(first_pixel % 3), "labels stay with their images");
    }
    assert_eq!(splits.train.files().len(), 2);
    assert_eq!(splits.train.files()[0].bytes, 16 + 120);
    assert_eq!(splits.train.files()[0].sha256.len(), 64);
}

#[test]
fn files_in_capitals_in_folders_of_their_own_or_without_a_part_are_a_set() {
    let names = [
        "TRAIN-IMAGES.IDX3-UBYTE",
        "TRAIN-LABELS.IDX1-UBYTE",
        "T10K-IMAGES.IDX3-UBYTE",
        "T10K-LABELS.IDX1-UBYTE",
    ];
    let files = [idx_images(20), idx_labels(20), idx_images(3), idx_labels(3)];
    let capitals = tempfile::tempdir().unwrap();
    let unpacked = tempfile::tempdir().unwrap();
    for (name, bytes) in names.into_iter().zip(&files) {
        write(&capitals.path().join(name), bytes);
        let name = name.to_lowercase();
        std::fs::create_dir(unpacked.path().join(&name)).unwrap();
        write(&unpacked.path().join(&name).join(name.replace('.', "-")), bytes);
    }
    for folder in [capitals, unpacked] {
        let splits = open_path(folder.path()).unwrap();
        assert_eq!((splits.train.len(), splits.valid.len(), splits.test.len()), (18, 2, 3));
        assert_eq!(splits.test.labels().unwrap(), [0, 1, 2]);
    }
    let own = tempfile::tempdir().unwrap();
    write(&own.path().join("images.idx3-ubyte"), &files[0]);
    write(&own.path().join("labels.idx1-ubyte"), &files[1]);
    let splits = open_path(own.path()).unwrap();
    assert_eq!((splits.train.len(), splits.train.classes().len()), (16, 3));
}

#[test]
fn damage_is_named_with_file_and_offset() {
    let good = idx_images(4);
    let huge = idx(0x803, &[u32::MAX, u32::MAX, u32::MAX], &[]);
    let cases: Vec<(&str, Vec<u8>, u64, IdxProblem)> = vec![
        ("empty", vec![], 0, IdxProblem::Truncated { expected: 4, found: 0 }),
        ("inside the header", good[..10].to_vec(), 4, IdxProblem::Truncated { expected: 12, found: 6 }),
        ("truncated", good[..30].to_vec(), 16, IdxProblem::Truncated { expected: 24, found: 14 }),
        ("trailing", [&good[..], b"x"].concat(), 40, IdxProblem::Trailing),
        ("no image", idx(0x803, &[0, 2, 3], &[]), 4, IdxProblem::Empty { axis: 0 }),
        ("no columns", idx(0x803, &[4, 2, 0], &[]), 12, IdxProblem::Empty { axis: 2 }),
        ("overflow", huge, 4, IdxProblem::Overflow { dims: vec![u32::MAX; 3] }),
        (
            "promises too much",
            idx(0x803, &[1 << 20, 1 << 10, 1 << 10], &[7]),
            16,
            IdxProblem::Truncated { expected: 1 << 40, found: 1 },
        ),
        (
            "labels",
            idx_labels(9),
            0,
            IdxProblem::Mislabelled { found: 0x801, actual: "labels", wanted: "images" },
        ),
        (
            "another type",
            idx(0xd03, &[1, 1, 1], &[0; 4]),
            0,
            IdxProblem::Magic { found: 0xd03, expected: 0x803, wanted: "images" },
        ),
    ];
    for (what, bytes, offset, problem) in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("train-images-idx3-ubyte");
        write(&path, &bytes);
        match open_path(folder.path()) {
            Err(DataError::Idx { file, offset: at, problem: found }) => {
                assert_eq!((file, at, found), (path, offset, problem), "{what}");
            }
            other => panic!("{what}: {other:?}"),
        }
    }
}

#[test]
fn damage_inside_gzip_is_noticed() {
    let good = gzip(&idx_images(400));
    let mut flipped = good.clone();
    let checksum = flipped.len() - 6;
    flipped[checksum] ^= 1;
    let cases = [
        ("cut short", good[..good.len() - 20].to_vec(), "truncated"),
        ("wrong checksum", flipped, "damaged"),
        ("bytes behind", [&good[..], b"rubbish"].concat(), "damaged"),
        ("trailing", gzip(&[idx_images(4), vec![0]].concat()), "more bytes follow"),
        ("bomb", gzip(&idx(0x803, &[1 << 30, 28, 28], &[])), "can hold at most"),
    ];
    for (what, bytes, words) in cases {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("train-images-idx3-ubyte.gz"), &bytes);
        let message = open_path(folder.path()).unwrap_err().to_string();
        assert!(
            message.contains(words) && message.contains("train-images-idx3-ubyte.gz"),
            "{what}: {message}"
        );
    }
}

#[test]
fn images_and_labels_must_belong_together() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("train-images-idx3-ubyte"), &idx_images(20));
    write(&folder.path().join("train-labels-idx1-ubyte"), &idx_labels(19));
    let error = open_path(folder.path()).unwrap_err();
    assert!(matches!(error, DataError::CountMismatch { images: 20, labels: 19, .. }), "{error}");
    write(&folder.path().join("train-labels-idx1-ubyte"), &idx_images(20));
    let message = open_path(folder.path()).unwrap_err().to_string();
    assert!(message.contains("mislabelled: this is a file of images"), "{message}");
}
