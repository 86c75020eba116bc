//! Writes the pixels of image files as they are decoded, for `scripts/check_pictures.py`:
//!
//!     cargo run --package latentlab-data --example pixels OUT FILE…
//!
//! Each image becomes `OUT/FILE-PAGE.npy`, both counted from 0: bytes, [height, width, channels], transparent parts over
//! black, 16 bits rounded to 8. One line a file tells its number and its images, or what is wrong with it.

use std::path::{Path, PathBuf};

use data::{Background, DataDirs, DataError, PictureEntry, PictureOptions, list_pictures, load_pictures};
use ndarray::Array3;

fn main() {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let out = arguments.next().expect("the first argument is a folder");
    for (number, file) in arguments.enumerate() {
        match write(&out, number, &file) {
            Ok(images) => println!("{number}\t{images}"),
            Err(error) => println!("{number}\t0\t{}", error.to_string().replace('\n', " ")),
        }
    }
}

fn write(out: &Path, number: usize, file: &Path) -> Result<usize, DataError> {
    let pictures = list_pictures(file)?;
    for PictureEntry { page, shape, .. } in &pictures {
        let range = Some([0.0, 65_535.0]); // the usual ones, whatever the values are
        let options =
            PictureOptions { range, background: Some(Background::Black), ..PictureOptions::new(*shape) };
        let set = load_pictures(file, &options, &DataDirs::default())?;
        let mut pixels = vec![0.0; shape.values()];
        set.image(*page, &mut pixels);
        let bytes = pixels.iter().map(|value| (value * 255.0).round() as u8).collect();
        let sides = (shape.height, shape.width, shape.channels);
        let image = Array3::from_shape_vec(sides, bytes).expect("as many values as the shape says");
        ndarray_npy::write_npy(out.join(format!("{number}-{page}.npy")), &image).expect("OUT can be written");
    }
    Ok(pictures.len())
}
