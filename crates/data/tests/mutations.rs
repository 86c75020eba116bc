//! Whatever a file holds, the answer is a set or an error that names the file: never a panic, never a runaway
//! allocation.

mod fixtures;

use std::io::Cursor;

use data::{
    DataDirs, DataError, ImageShape, PictureOptions, TableOptions, load_pictures, load_points, survey,
};
use fixtures::{deflated, gzip, idx_images, idx_labels, npy, npz, open_path, png, write, zipped};
use image::ImageFormat;
use testing::{ROUNDS, survive};
use zip::CompressionMethod;

/// What is read from a file of this name.
#[derive(Clone, Copy)]
enum As {
    Images,
    Idx,
    Points,
    Picture,
}

/// Reads `ROUNDS` damaged copies of `good`, of which at least `refused` are to be noticed.
fn all_are_answered(name: &str, good: &[u8], read: As, refused: u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    if name.contains("labels") {
        write(&folder.path().join("train-images-idx3-ubyte"), &idx_images(40));
    }
    let answer = |bytes: &[u8]| -> Result<(), DataError> {
        write(&path, bytes);
        match read {
            As::Images => open_path(&path).map(drop),
            As::Idx => open_path(folder.path()).map(drop),
            As::Points => load_points(&path, &TableOptions::default()).map(drop),
            As::Picture => {
                let _ = survey(folder.path(), None, false);
                load_pictures(&path, &PictureOptions::new(ImageShape::new(8, 8, 1)), &DataDirs::default())
                    .map(drop)
            }
        }
    };
    answer(good).unwrap_or_else(|error| panic!("undamaged: {error}"));
    let found = survive(good, |bytes| match answer(bytes) {
        Ok(()) => true,
        Err(error) => {
            let message = error.to_string();
            assert!(message.contains(name) || message.contains("too few"), "{name}: {message}");
            false
        }
    });
    println!("{name}: {found} of {ROUNDS} damaged files were refused");
    assert!(found >= refused, "{name}: {found} of {ROUNDS} refused");
}

#[test]
fn damaged_images_and_labels_in_idx_files() {
    for (name, good) in
        [("train-images-idx3-ubyte", idx_images(40)), ("train-labels-idx1-ubyte", idx_labels(40))]
    {
        all_are_answered(name, &good, As::Idx, 200);
        all_are_answered(&format!("{name}.gz"), &gzip(&good), As::Idx, 300);
    }
}

#[test]
fn damaged_arrays() {
    let bytes = npy("|u1", "False", "(20, 3, 3)", &(0..180).collect::<Vec<u8>>());
    let halves: Vec<u8> = [0.5f32; 180].iter().flat_map(|value| value.to_le_bytes()).collect();
    let floats = npy("<f4", "True", "(20, 3, 3)", &halves);
    let doubles = npy("<f8", "True", "(20, 9)", &[0; 1440]);
    let labels = npy("<i8", "False", "(20,)", &[0; 160]);
    for (read, array) in [(As::Images, &bytes), (As::Images, &floats), (As::Points, &doubles)] {
        all_are_answered("x.npy", array, read, 200);
        let members = [("x", array.clone()), ("y", labels.clone())];
        all_are_answered("x.npz", &npz(&members), read, 100);
        all_are_answered("x.npz", &zipped(&members, CompressionMethod::Stored), read, 200);
    }
}

#[test]
fn damaged_tables_of_text() {
    for text in [
        "1, 2.5\n-3,4e1\n0.25,-7\n",
        "x,y,label\n1,2,\"cat, big\"\n3,4,ant\n5,6,\"cat, big\"\n",
        "file,mean_1,mean_2,log_var_1,log_var_2,label,class,angle\na.png,1,2,-1,-2,1,one,0.5\n",
    ] {
        all_are_answered("x.csv", text.as_bytes(), As::Points, 50);
    }
}

#[test]
fn damaged_pictures() {
    let colours = image::RgbImage::from_fn(24, 16, |x, y| image::Rgb([x as u8 * 9, y as u8 * 9, 77]));
    for (name, format, refused) in [("x.png", ImageFormat::Png, 200), ("x.jpg", ImageFormat::Jpeg, 50)] {
        let mut bytes = Cursor::new(Vec::new());
        colours.write_to(&mut bytes, format).unwrap();
        all_are_answered(name, bytes.get_ref(), As::Picture, refused);
    }
    for (depth, colour, row) in [(1, 0, 3), (16, 0, 33), (4, 3, 9), (8, 4, 33), (16, 6, 129)] {
        let palette: &[(&str, &[u8])] = if colour == 3 { &[("PLTE", &[7; 48])] } else { &[] };
        let pixels = deflated(&vec![0; row * 16]);
        let good = png(16, 16, depth, colour, &[palette, &[("IDAT", &pixels[..])]].concat());
        all_are_answered("x.png", &good, As::Picture, 200);
    }
}
