//! Whatever a file holds, the answer is a set or an error: never a panic, never a runaway allocation.

mod fixtures;

use std::path::Path;

use data::{DataDirs, Fit, ImageShape, load_pictures};
use fixtures::{gzip, idx_images, open_path, write};
use random::Stream;

const ROUNDS: u64 = 400;

/// Changes, removes or inserts a few bytes, mostly near the beginning, where headers are.
fn damaged(bytes: &[u8], round: u64) -> Vec<u8> {
    let mut random = Stream::new(round, "damage").cursor(0, 0);
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(3) {
        let reach = if random.below(3) == 0 { bytes.len() } else { bytes.len().min(128) };
        let at = random.below(reach.max(1) as u32) as usize;
        match random.below(6) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at.min(bytes.len()), random.bits() as u8),
            2 if at < bytes.len() => bytes[at] = 0xff,
            _ if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            _ => {}
        }
    }
    bytes
}

fn survive(name: &str, good: &[u8], open: impl Fn(&Path)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    for round in 0..ROUNDS {
        write(&path, &damaged(good, round));
        open(&path);
    }
}

#[test]
fn damaged_files_are_answered_not_obeyed() {
    let open = |path: &Path| drop(open_path(path));
    let open_folder = |path: &Path| drop(open_path(path.parent().unwrap()));
    let picture =
        |path: &Path| drop(load_pictures(path, ImageShape::new(8, 8, 1), Fit::Crop, &DataDirs::default()));
    survive("train-images-idx3-ubyte", &idx_images(40), open_folder);
    survive("train-images-idx3-ubyte.gz", &gzip(&idx_images(40)), open_folder);

    let folder = tempfile::tempdir().unwrap();
    let saved = |name: &str| folder.path().join(name);
    let bytes = |name: &str| std::fs::read(saved(name)).unwrap();
    let array = ndarray::Array3::<u8>::from_shape_fn((20, 3, 3), |(i, y, x)| (i * y * x) as u8);
    ndarray_npy::write_npy(saved("x.npy"), &array).unwrap();
    survive("x.npy", &bytes("x.npy"), open);
    let mut archive = ndarray_npy::NpzWriter::new_compressed(std::fs::File::create(saved("x.npz")).unwrap());
    archive.add_array("x", &array).unwrap();
    archive.add_array("y", &ndarray::Array1::<i64>::zeros(20)).unwrap();
    archive.finish().unwrap();
    assert!(open_path(&saved("x.npz")).is_ok(), "what ndarray-npy writes can be read");
    survive("x.npz", &bytes("x.npz"), open);

    let colours = image::RgbImage::from_fn(24, 16, |x, y| image::Rgb([x as u8 * 9, y as u8 * 9, 77]));
    for name in ["x.png", "x.jpg"] {
        colours.save(saved(name)).unwrap();
        survive(name, &bytes(name), picture);
    }
}
