//! NumPy arrays: what is read, and what each kind of damage is answered with.

mod fixtures;

use data::{ArrayProblem, DataError, ImageShape};
use fixtures::{image, npy, npz, open_path, write};

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn open(name: &str, bytes: &[u8]) -> Result<data::Splits, DataError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    write(&path, bytes);
    open_path(&path)
}

/// All images in their order in the file.
fn all(splits: &data::Splits) -> Vec<Vec<f32>> {
    let sets = [&splits.train, &splits.valid, &splits.test];
    let mut images: Vec<Vec<f32>> =
        sets.iter().flat_map(|set| (0..set.len()).map(|i| image(set, i)).collect::<Vec<_>>()).collect();
    images.sort_by(|a, b| a[0].total_cmp(&b[0]));
    images
}

#[test]
fn images_are_read_in_either_order_of_memory() {
    let rows: Vec<u8> = (0..20u8).flat_map(|i| [i, i + 100, i + 50, 255]).collect(); // [20, 2, 2]
    let columns: Vec<u8> = [0, 50, 100, 255]
        .iter()
        .flat_map(|k| (0..20u8).map(move |i| if *k == 255 { 255 } else { i + k }))
        .collect();
    for (fortran, bytes) in [("False", &rows), ("True", &columns)] {
        let splits = open("x.npy", &npy("|u1", fortran, "(20, 2, 2)", bytes)).unwrap();
        assert_eq!(splits.train.shape(), ImageShape::new(2, 2, 1));
        for (i, image) in all(&splits).into_iter().enumerate() {
            let expected = [i, i + 100, i + 50, 255].map(|v| v as f32 / 255.0);
            assert_eq!(image, expected, "{fortran}");
        }
    }
    let values: Vec<f32> = (0..60).map(|v| v as f32 / 59.0).collect();
    let splits = open("x.npy", &npy("<f4", "False", "(20, 1, 1, 3)", &floats(&values))).unwrap();
    assert_eq!(splits.train.shape(), ImageShape::new(1, 1, 3));
    assert_eq!(all(&splits).concat(), values);
}

#[test]
fn labels_of_any_integer_type_come_along() {
    let x = npy("|u1", "False", "(20, 1, 1)", &(0..20).collect::<Vec<u8>>());
    for (descriptor, width) in [("|u1", 1), ("|i1", 1), ("<i2", 2), ("<u4", 4), ("<i8", 8)] {
        let mut y = vec![0; 20 * width];
        (0..20).for_each(|i| y[i * width] = (i % 4) as u8);
        let y = npy(descriptor, "False", "(20,)", &y);
        let splits = open("set.npz", &npz(&[("x", x.clone()), ("y", y)])).unwrap();
        assert_eq!((splits.train.name(), splits.train.classes().len()), ("set", 4));
        for i in 0..splits.train.len() {
            let number = (image(&splits.train, i)[0] * 255.0).round() as u32;
            assert_eq!(splits.train.label(i), Some(number % 4), "{descriptor}");
        }
    }
}

#[test]
fn damage_is_named() {
    let ok = || vec![0; 80];
    let version = [b"\x93NUMPY\x09\0\x02\0{}", &[0; 60][..]].concat();
    let nested = [b"\x93NUMPY\x01\0\x64\0", &[b'('; 100][..]].concat();
    let long = [b"\x93NUMPY\x02\0\xff\xff\xff\xff", &[b' '; 100][..]].concat();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty", vec![], "ends inside its header"),
        ("text", b"hello, this is no array".to_vec(), "magic string"),
        ("cut header", npy("|u1", "False", "(20, 2, 2)", &[])[..50].to_vec(), "ends inside its header"),
        ("version", version, "format version 9"),
        ("nested", nested, "structured types"),
        ("long header", long, "a header of 4294967295 bytes"),
        ("no dictionary", npy("|u1', 'x': '", "False", "(20, 2, 2)", &ok()), "not a NumPy array"),
        ("doubles", npy("<f8", "False", "(5, 2, 1)", &ok()), "element type <f8: must be uint8 or float32"),
        ("big-endian", npy(">f4", "False", "(5, 2, 2)", &ok()), "element type >f4"),
        ("objects", npy("|O", "False", "(20, 2, 2)", &ok()), "element type |O"),
        ("flat", npy("|u1", "False", "(20, 4)", &ok()), "shape [20, 4]: must be [n, height, width]"),
        ("five channels", npy("|u1", "False", "(4, 2, 2, 5)", &ok()), "[n, height, width, 1 or 3]"),
        ("no images", npy("|u1", "False", "(0, 2, 2)", &[]), "shape [0, 2, 2]: must be of positive sides"),
        ("short", npy("|u1", "False", "(21, 2, 2)", &ok()), "promises 84 bytes of values, but 80"),
        ("long", npy("|u1", "False", "(19, 2, 2)", &ok()), "promises 76 bytes of values, but 80"),
        ("huge", npy("|u1", "False", "(1099511627776, 2, 2)", &ok()), "promises 4398046511104 bytes"),
        ("overflow", npy("<f4", "False", "(4294967296, 4294967296, 2)", &ok()), "but 80 are there"),
        ("NaN", npy("<f4", "False", "(1, 1, 2)", &floats(&[0.5, f32::NAN])), "value 1 is NaN: all must be"),
        (
            "range",
            npy("<f4", "False", "(1, 1, 2)", &floats(&[-1.0, 254.5])),
            "lie in [-1, 254.5]: f32 images",
        ),
    ];
    for (what, bytes, expected) in cases {
        for (name, bytes) in [("bad.npy", bytes.clone()), ("bad.npz", npz(&[("x", bytes)]))] {
            let error = open(name, &bytes).expect_err(what);
            let message = error.to_string();
            assert!(matches!(error, DataError::Array { .. }), "{what}: {message}");
            assert!(message.contains(name) && message.contains(expected), "{what}: {message}");
        }
    }
}

#[test]
fn a_set_of_labels_that_does_not_fit_is_refused() {
    let x = || ("x", npy("|u1", "False", "(2, 2, 2)", &[0; 8]));
    let y = |descriptor, shape, values: &[u8]| ("y", npy(descriptor, "False", shape, values));
    let cases = [
        (vec![("images", vec![1])], "array x: no array of this name; the file holds [\"images\"]"),
        (vec![x(), y("|u1", "(3,)", &[0; 3])], "holds 2 images"),
        (vec![x(), y("<f4", "(2,)", &[0; 8])], "array y: element type <f4: must be an integer type"),
        (vec![x(), y("|i1", "(2,)", &[0, 255])], "label 1 is -1: must lie in 0..65536"),
        (vec![x(), y("<i4", "(2,)", &[0, 0, 0, 1, 0, 0, 0, 0])], "label 0 is 16777216"),
        (vec![x(), y("|u1", "(1, 2)", &[0; 2])], "array y: shape [1, 2]: must be [n]"),
    ];
    for (members, expected) in cases {
        let message = open("set.npz", &npz(&members)).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_damaged_archive_is_named() {
    let good =
        npz(&[("x", npy("|u1", "False", "(200, 2, 2)", &(0..200).cycle().take(800).collect::<Vec<u8>>()))]);
    let mut flipped = good.clone();
    flipped[90] ^= 0x55;
    for bytes in [good[..good.len() - 30].to_vec(), b"PK rubbish".to_vec(), flipped] {
        let error = open("set.npz", &bytes).unwrap_err();
        assert!(matches!(&error, DataError::Array { problem: ArrayProblem::Damaged(_), .. }), "{error}");
    }
}
