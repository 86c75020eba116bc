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
        ("complex", npy("<c8", "False", "(5, 2, 1)", &ok()), "element type <c8: must be bool, integers or"),
        (
            "objects",
            npy("|O", "False", "(20, 2, 2)", &ok()),
            "element type |O: must be numbers: an array of Python",
        ),
        (
            "text",
            npy("|S4", "False", "(5, 2, 2)", &ok()),
            "element type text: must be bool, integers or floats",
        ),
        ("one dimension", npy("|u1", "False", "(80,)", &ok()), "shape [80]: must be [n, height, width]"),
        ("five channels", npy("|u1", "False", "(4, 2, 2, 5)", &ok()), "with 1, 3 or 4 channels"),
        ("no images", npy("|u1", "False", "(0, 2, 2)", &[]), "shape [0, 2, 2]: must be of positive sides"),
        ("short", npy("|u1", "False", "(21, 2, 2)", &ok()), "promises 84 bytes of values, but 80"),
        ("long", npy("|u1", "False", "(19, 2, 2)", &ok()), "promises 76 bytes of values, but 80"),
        ("huge", npy("|u1", "False", "(1099511627776, 2, 2)", &ok()), "promises 4398046511104 bytes"),
        ("overflow", npy("<f4", "False", "(4294967296, 4294967296, 2)", &ok()), "but 80 are there"),
        ("NaN", npy("<f4", "False", "(1, 1, 2)", &floats(&[0.5, f32::NAN])), "value 1 is NaN: all must be"),
        (
            "range",
            npy("<f4", "False", "(1, 1, 2)", &floats(&[-1.0, 254.5])),
            "lie in [-1, 254.5], which is none of the usual scales",
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
        (vec![("images", vec![1])], "array images: not a NumPy array"),
        (vec![("lengths", npy("|u1", "False", "(18,)", &[0; 18]))], "the file holds lengths [18]"),
        (vec![x(), y("|u1", "(3,)", &[0; 3])], "holds 2 images"),
        (vec![x(), y("<c8", "(2,)", &[0; 16])], "array y: element type <c8: must be"),
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

/// An array of 20 images of 4 × 4 pixels, pixel p of image i being i·8 + p, in any type of number.
fn pixels(descriptor: &str, shape: &str, value: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    let bytes: Vec<u8> = (0..320).flat_map(|k| value(k / 16 * 8 + k % 16)).collect();
    npy(descriptor, "False", shape, &bytes)
}

#[test]
fn every_type_of_number_and_every_scale_gives_the_same_pixels() {
    let shape = "(20, 4, 4)";
    let most = 19 * 8 + 15; // 167
    let kinds: Vec<(&str, Vec<u8>)> = vec![
        ("bytes", pixels("|u1", shape, |v| vec![v as u8])),
        ("i2", pixels("<i2", shape, |v| (v as i16).to_le_bytes().to_vec())),
        ("u2, big", pixels(">u2", shape, |v| (v as u16).to_be_bytes().to_vec())),
        ("i4", pixels("<i4", shape, |v| (v as i32).to_le_bytes().to_vec())),
        ("i8, big", pixels(">i8", shape, |v| (v as i64).to_be_bytes().to_vec())),
        ("f2", pixels("<f2", shape, |v| half_bytes(v as f32))),
        ("f4 to 255", pixels("<f4", shape, |v| (v as f32).to_le_bytes().to_vec())),
        ("f8 to 1", pixels("<f8", shape, |v| (v as f64 / 255.0).to_le_bytes().to_vec())),
        ("f8, big, to 255", pixels(">f8", shape, |v| (v as f64).to_be_bytes().to_vec())),
        ("f4 from -1", pixels("<f4", shape, |v| (v as f32 / 127.5 - 1.0).to_le_bytes().to_vec())),
        ("rows", pixels("|u1", "(20, 16)", |v| vec![v as u8])),
        ("one channel last", pixels("|u1", "(20, 4, 4, 1)", |v| vec![v as u8])),
        ("one channel first", pixels("|u1", "(20, 1, 4, 4)", |v| vec![v as u8])),
    ];
    for (what, bytes) in kinds {
        let splits = open("x.npy", &bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(splits.train.shape(), ImageShape::new(4, 4, 1), "{what}");
        for (i, image) in all(&splits).into_iter().enumerate() {
            for (p, value) in image.into_iter().enumerate() {
                let expected = (i * 8 + p) as f32 / 255.0;
                assert!((value - expected).abs() < 2e-7, "{what}: {value} for {expected}");
            }
        }
    }
    let bools = open("x.npy", &pixels("|b1", shape, |v| vec![u8::from(v > most / 2)])).unwrap();
    assert!(all(&bools).concat().iter().all(|value| [0.0, 1.0].contains(value)));
    let bits = open("x.NPY", &pixels("|u1", shape, |v| vec![u8::from(v > most / 2)])).unwrap();
    assert_eq!(all(&bits), all(&bools), "0 and 1 as bytes are black and white");
    let twelve =
        open("x.npy.gz", &fixtures::gzip(&pixels("<u2", shape, |v| (v as u16 * 24).to_le_bytes().to_vec())));
    let values = twelve.unwrap().train.inventory().unwrap().values;
    assert!((values.max - (most * 24) as f32 / 4095.0).abs() < 1e-6, "{values:?}");
    // Bytes and intensities that go through a run on images of 12 bits.
    let deep = data::DataSpec { range: Some([0.0, 4095.0]), ..data::DataSpec::default() };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    for bytes in [
        pixels("|u1", shape, |v| vec![v as u8]),
        pixels("<f4", shape, |v| (v as f32 / 255.0).to_le_bytes().to_vec()),
    ] {
        write(&path, &bytes);
        let splits = fixtures::open(&data::DataSpec { path: Some(path.clone()), ..deep.clone() }).unwrap();
        assert!((all(&splits)[1][0] - 8.0 / 255.0).abs() < 1e-6);
        let notes = &splits.train.inventory().unwrap().notes;
        assert!(
            notes.iter().any(|note| note.contains("which data.range = [0, 4095] is not for")),
            "{notes:?}"
        );
    }
}

fn half_bytes(value: f32) -> Vec<u8> {
    // A half has 10 bits behind the point: whole numbers below 2048 are exact.
    let (sign_exponent, fraction) = match value {
        0.0 => (0, 0.0),
        _ => (value.log2().floor() as i32 + 15, value / 2f32.powi(value.log2().floor() as i32) - 1.0),
    };
    ((sign_exponent as u16) << 10 | (fraction * 1024.0) as u16).to_le_bytes().to_vec()
}

#[test]
fn channels_first_and_transparency_are_brought_in_order() {
    // Channel c, row y, column x of image i: 40·c + 8·y + x + i.
    let value = |i: usize, c: usize, y: usize, x: usize| (40 * c + 8 * y + x + i) as u8;
    let mut first = Vec::new();
    for i in 0..20 {
        (0..3).for_each(|c| (0..4).for_each(|y| (0..5).for_each(|x| first.push(value(i, c, y, x)))));
    }
    let splits = open("x.npy", &npy("|u1", "False", "(20, 3, 4, 5)", &first)).unwrap();
    assert_eq!(splits.train.shape(), ImageShape::new(4, 5, 3));
    let images = all(&splits);
    assert_eq!(images[2][(5 + 3) * 3 + 1], f32::from(value(2, 1, 1, 3)) / 255.0);
    // Grey 100 of half opacity over black.
    let alpha: Vec<u8> = (0..20 * 16).flat_map(|_| [100, 100, 100, 128]).collect();
    let splits = open("x.npy", &npy("|u1", "False", "(20, 4, 4, 4)", &alpha)).unwrap();
    assert_eq!(splits.train.shape(), ImageShape::new(4, 4, 3));
    assert!((all(&splits)[0][0] - 100.0 / 255.0 * 128.0 / 255.0).abs() < 1e-6);
    let one: Vec<u8> = (0..4 * 5 * 3).collect();
    let splits = open("x.npy", &npy("|u1", "False", "(4, 5, 3)", &one)).unwrap();
    assert_eq!((splits.train.len(), splits.train.shape()), (1, ImageShape::new(4, 5, 3)));
}

/// `n` images of 4 × 4 pixels, all of whose values are `value`.
fn flat(n: usize, value: u8) -> Vec<u8> {
    npy("|u1", "False", &format!("({n}, 4, 4)"), &vec![value; n * 16])
}

fn labels(values: &[i64]) -> Vec<u8> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    npy("<i8", "False", &format!("({},)", values.len()), &bytes)
}

#[test]
fn archives_have_the_names_that_people_give() {
    let counts = |splits: &data::Splits| [splits.train.len(), splits.valid.len(), splits.test.len()];
    let y = |n: usize| labels(&(0..n as i64).map(|i| i % 3 * 5 - 1).collect::<Vec<_>>());
    let keras =
        npz(&[("x_train", flat(20, 90)), ("y_train", y(20)), ("x_test", flat(5, 20)), ("y_test", y(5))]);
    let splits = open("mnist.npz", &keras).unwrap();
    assert_eq!(
        (counts(&splits), splits.train.classes()),
        ([18, 2, 5], &["-1", "4", "9"].map(String::from)[..])
    );
    assert!((0..5).all(|i| image(&splits.test, i)[0] == 20.0 / 255.0));
    let medmnist = npz(&[
        ("train_images", flat(20, 90)),
        ("val_images", flat(4, 99)),
        ("test_images", flat(6, 200)),
        ("train_labels", y(20)),
        ("val_labels", y(4)),
        ("test_labels", y(6)),
    ]);
    let splits = open("pathmnist.npz", &medmnist).unwrap();
    assert_eq!(counts(&splits), [20, 4, 6]);
    assert_eq!((splits.valid.class(1), image(&splits.valid, 0)[0]), (Some("4"), 99.0 / 255.0));
    let latents: Vec<u8> = (0..60i64).flat_map(|i| (i / 6 % 3 + i % 6).to_le_bytes()).collect();
    let dsprites = npz(&[
        ("imgs", npy("|u1", "False", "(10, 4, 4)", &[0, 1].repeat(80))),
        ("latents_classes", npy("<i8", "False", "(10, 6)", &latents)),
    ]);
    let splits = open("dsprites.npz", &dsprites).unwrap();
    assert_eq!(splits.train.factors().unwrap().names[3], "orientation");
    assert_eq!(splits.train.inventory().unwrap().values.max, 1.0);
    for name in ["arr_0", "X", "Images", "data", "whatever_one_calls_it"] {
        assert_eq!(counts(&open("a.npz", &npz(&[(name, flat(20, 1))])).unwrap()), [16, 2, 2], "{name}");
    }
    let two = npz(&[("left", flat(20, 70)), ("right", flat(20, 90))]);
    let error = open("two.npz", &two).unwrap_err().to_string();
    assert!(error.contains("--array NAME") && error.contains("left [20, 4, 4], right [20, 4, 4]"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.npz");
    write(&path, &two);
    let spec = data::DataSpec { path: Some(path), array: Some("right".into()), ..Default::default() };
    assert_eq!(image(&fixtures::open(&spec).unwrap().train, 0)[0], 90.0 / 255.0);
}

#[test]
fn labels_keep_their_numbers_and_names() {
    let with = |y: Vec<u8>| open("x.npz", &npz(&[("x", flat(6, 30)), ("y", y)])).map(|splits| splits.train);
    let classes = |set: &data::Dataset| set.classes().join(" ");
    assert_eq!(classes(&with(labels(&[10, -1, 4, 4, 10, 4])).unwrap()), "-1 4 10");
    let text: Vec<u8> = ["cat", "ant", "", "ant", "bee", "cat"]
        .iter()
        .flat_map(|name| {
            format!("{name:\0<3}").chars().flat_map(|c| (c as u32).to_le_bytes()).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(classes(&with(npy("<U3", "False", "(6,)", &text)).unwrap()), "ant bee cat (unknown)");
    let doubles: Vec<u8> =
        [2.0, 1.0, f64::NAN, 1.0, 2.0, 1.0].iter().flat_map(|v: &f64| v.to_le_bytes()).collect();
    assert_eq!(classes(&with(npy("<f8", "False", "(6,)", &doubles)).unwrap()), "1 2 (unknown)");
    let one_hot: Vec<u8> =
        [0, 1, 2, 0, 1, 2].iter().flat_map(|k| [0, 1, 2].map(|c| u8::from(c == *k))).collect();
    assert_eq!(classes(&with(npy("|u1", "False", "(6, 3)", &one_hot)).unwrap()), "0 1 2");
    // What is no class is left out, and said.
    let halves: Vec<u8> = (0..6).flat_map(|i| (f64::from(i) / 4.0).to_le_bytes()).collect();
    let set = with(npy("<f8", "False", "(6,)", &halves)).unwrap();
    assert!(set.classes().is_empty());
    assert!(set.inventory().unwrap().notes[0].contains("array y holds no classes"), "{:?}", set.inventory());
}

#[test]
fn tables_of_pixels_are_images_and_others_are_tables() {
    let row = |i: usize| (0..64).map(move |p| ((i * 7 + p * 3) % 256).to_string());
    let names = |name: &dyn Fn(usize) -> String| (0..64).map(name).collect::<Vec<_>>().join(",");
    let kaggle = |labelled: bool| {
        let head = names(&|p| format!("pixel{p}"));
        let mut text = if labelled { format!("label,{head}\n") } else { format!("{head}\n") };
        for i in 0..20 {
            let pixels = row(i).collect::<Vec<_>>().join(",");
            text += &if labelled { format!("{},{pixels}\n", i % 3 + 4) } else { format!("{pixels}\n") };
        }
        text
    };
    let splits = open("train.csv", kaggle(true).as_bytes()).unwrap();
    assert_eq!((splits.train.shape(), splits.train.columns()), (ImageShape::new(8, 8, 1), None));
    assert_eq!(splits.train.classes(), ["4", "5", "6"]);
    let i = splits.train.position(0);
    let pixel = |p: usize| ((i * 7 + p * 3) % 256) as f32 / 255.0;
    assert_eq!(image(&splits.train, 0), (0..64).map(pixel).collect::<Vec<_>>());
    assert_eq!(splits.train.class(0), Some((i % 3 + 4).to_string().as_str()));
    assert!(open("test.csv", kaggle(false).as_bytes()).unwrap().train.classes().is_empty());
    // Without names, the first column is the class.
    let bare: String = kaggle(true).lines().skip(1).map(|line| format!("{line}\n")).collect();
    let splits = open("mnist_train.csv", bare.as_bytes()).unwrap();
    assert_eq!((splits.train.shape(), splits.train.classes().len()), (ImageShape::new(8, 8, 1), 3));
    // Names that are none of pixels, or values that are no bytes, make a table.
    let sensors = kaggle(true).replace("pixel", "sensor");
    assert_eq!(open("sensors.csv", sensors.as_bytes()).unwrap().train.columns().unwrap().names.len(), 64);
    let halves = kaggle(true).replacen("\n4,0,", "\n4,0.5,", 1);
    assert!(open("halves.csv", halves.as_bytes()).unwrap().train.columns().is_some());
}

#[test]
fn tables_are_standardised_by_the_rows_that_train() {
    let text: String = (0..40)
        .map(|i| format!("{},{},7\n", 1.6e9 + 1.5 * f64::from(i), if i % 2 == 0 { -3.0 } else { 5.0 }))
        .collect();
    let splits = open("t.csv", format!("time,level,constant\n{text}").as_bytes()).unwrap();
    let columns = splits.train.columns().unwrap();
    assert_eq!(columns.names, ["time", "level", "constant"]);
    let rows: Vec<f64> =
        (0..splits.train.len()).map(|i| 1.6e9 + 1.5 * splits.train.position(i) as f64).collect();
    let mean = rows.iter().sum::<f64>() / rows.len() as f64;
    let variance = rows.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / rows.len() as f64;
    assert!((columns.mean[0] - mean).abs() < 1e-6 && (columns.deviation[0] - variance.sqrt()).abs() < 1e-6);
    assert_eq!((columns.mean[2], columns.deviation[2]), (7.0, 1.0));
    assert!(
        splits
            .train
            .inventory()
            .unwrap()
            .notes
            .iter()
            .any(|note| note.contains("constant over the training rows"))
    );
    for set in [&splits.train, &splits.valid, &splits.test] {
        for i in 0..set.len() {
            let mut row = image(set, i);
            assert!(
                (f64::from(row[0]) - (1.6e9 + 1.5 * set.position(i) as f64 - mean) / variance.sqrt()).abs()
                    < 1e-6
            );
            columns.in_units(&mut row);
            let level = if set.position(i) % 2 == 0 { -3.0 } else { 5.0 };
            assert!((row[1] - level).abs() < 1e-5 && row[2] == 7.0);
        }
    }
    let gap = "a,b\n1,2\n3,\n5,6\n7,8\n";
    let error = open("gap.csv", gap.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("line 3: column b") && error.contains("--impute mean"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gap.csv");
    write(&path, gap.as_bytes());
    let spec = data::DataSpec { path: Some(path), impute: Some(data::Impute::Mean), ..Default::default() };
    let splits = fixtures::open(&spec).unwrap();
    let all: Vec<Vec<f32>> = [&splits.train, &splits.valid, &splits.test]
        .iter()
        .flat_map(|set| (0..set.len()).map(|i| (set.position(i), image(set, i))))
        .filter(|(position, _)| *position == 1)
        .map(|(_, row)| row)
        .collect();
    assert!(all.iter().all(|row| row[1] == 0.0), "the mean, standardised");
}
