//! Folders of images: classes, sizes, colours, orientation, and files that are broken.

mod fixtures;

use std::path::Path;

use data::{
    Channels, DataDirs, DataError, DataSpec, Fit, HoldOut, ImageShape, PictureOptions, Size, TestImages,
    Validation,
};
use fixtures::{image, open, open_path, write};
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, GrayImage, ImageEncoder, Luma, Rgb, RgbImage, Rgba, RgbaImage};

fn grey(path: &Path, width: u32, height: u32, value: impl Fn(u32, u32) -> u8) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    GrayImage::from_fn(width, height, |x, y| Luma([value(x, y)])).save(path).unwrap();
}

/// The names and, one after the other, the pixels of one image file or of all in a folder.
fn load_pictures(path: &Path, shape: ImageShape, fit: Fit) -> (Vec<String>, Vec<f32>) {
    let options = PictureOptions { fit, ..PictureOptions::new(shape) };
    let set = data::load_pictures(path, &options, &DataDirs::default()).unwrap();
    let names = (0..set.len()).map(|i| set.file_name(i).unwrap().to_owned()).collect();
    (names, (0..set.len()).flat_map(|i| image(&set, i)).collect())
}

fn spec(path: &Path) -> DataSpec {
    DataSpec { path: Some(path.into()), ..DataSpec::default() }
}

#[test]
fn sub_folders_are_classes_in_the_order_of_their_names() {
    let folder = tempfile::tempdir().unwrap();
    for (class, value) in [("cat", 10), ("ant", 20), ("bee", 30)] {
        for i in 0..4 {
            grey(&folder.path().join(format!("{class}/{i}.png")), 3, 2, |_, _| value + i);
        }
    }
    write(&folder.path().join("notes.txt"), b"not an image");
    write(&folder.path().join(".hidden/x.png"), b"not read");
    let mut spec = spec(folder.path());
    (spec.test, spec.valid) = (Some(TestImages::HoldOut(HoldOut::Last(1))), Some(Validation::Test));
    let splits = open(&spec).unwrap();
    assert_eq!(splits.train.classes(), ["ant", "bee", "cat"]);
    assert_eq!(splits.train.labels().unwrap(), [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2]);
    assert_eq!(splits.train.shape(), ImageShape::new(2, 3, 1));
    let firsts: Vec<f32> = (0..11).map(|i| (image(&splits.train, i)[0] * 255.0).round()).collect();
    assert_eq!(firsts, [20., 21., 22., 23., 30., 31., 32., 33., 10., 11., 12.]);
}

#[test]
fn a_flat_folder_has_no_labels_and_colours_are_kept_unless_grey_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    grey(&folder.path().join("a.png"), 4, 4, |_, _| 51);
    RgbImage::from_pixel(4, 4, Rgb([255, 0, 51])).save(folder.path().join("b.PNG")).unwrap();
    RgbaImage::from_pixel(4, 4, Rgba([255, 255, 255, 51])).save(folder.path().join("c.png")).unwrap();
    let (names, pixels) = load_pictures(folder.path(), ImageShape::new(4, 4, 3), Fit::Resize);
    assert_eq!(names, ["a.png", "b.PNG", "c.png"]);
    assert_eq!(pixels[..3], [0.2, 0.2, 0.2]);
    assert_eq!(pixels[48..51], [1.0, 0.0, 0.2]);
    assert_eq!(pixels[96..99], [0.2, 0.2, 0.2], "transparent white over black");

    let mut spec = spec(folder.path());
    (spec.test, spec.valid) = (Some(TestImages::HoldOut(HoldOut::Last(1))), Some(Validation::Test));
    let splits = open(&spec).unwrap();
    assert_eq!(splits.train.shape(), ImageShape::new(4, 4, 3));
    assert_eq!((splits.train.labels(), splits.train.classes().len()), (None, 0));
    spec.channels = Some(Channels::Grey);
    assert_eq!(open(&spec).unwrap().train.shape(), ImageShape::new(4, 4, 1));
}

#[test]
fn each_fit_does_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.png");
    // Left and right quarter black, the middle white: 8 wide, 4 high.
    grey(&path, 8, 4, |x, _| if (2..6).contains(&x) { 255 } else { 0 });
    let fitted = |fit| load_pictures(&path, ImageShape::new(4, 4, 1), fit);
    assert_eq!(fitted(Fit::Crop), (vec!["wide.png".to_string()], vec![1.0; 16]));
    let pad = fitted(Fit::Pad).1;
    assert!(pad[..4].iter().chain(&pad[12..]).all(|v| *v == 0.0), "{pad:?}");
    assert!(pad[4] < 0.3 && pad[5] > 0.7 && pad[6] > 0.7 && pad[7] < 0.3, "{pad:?}");
    let resized = fitted(Fit::Resize).1;
    assert!(resized[0] < 0.3 && resized[1] > 0.7 && resized[12] < 0.3, "{resized:?}");
    // As wide as can be: no side may come to 0.
    grey(&path, 300, 1, |_, _| 255);
    for fit in [Fit::Crop, Fit::Pad, Fit::Resize] {
        assert!(fitted(fit).1.contains(&1.0), "{fit:?}");
    }
}

#[test]
fn an_image_held_sideways_is_turned_upright() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photo.png");
    // EXIF orientation 6: to be shown turned by 90° clockwise.
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_exif_metadata(exif).unwrap();
    encoder.write_image(&[10, 20, 30, 40, 50, 60], 3, 2, ExtendedColorType::L8).unwrap();
    write(&path, &bytes);
    write(&folder.path().join("photo2.png"), &bytes);
    let upright = load_pictures(&path, ImageShape::new(3, 2, 1), Fit::Resize).1;
    assert_eq!(upright, [40, 10, 50, 20, 60, 30].map(|v: u8| f32::from(v) / 255.0));
    // The size that is found without being asked for is the upright one, too.
    let mut spec = spec(folder.path());
    (spec.test, spec.valid) = (Some(TestImages::HoldOut(HoldOut::Last(1))), Some(Validation::Test));
    assert_eq!(open(&spec).unwrap().train.shape(), ImageShape::new(3, 2, 1));
}

#[test]
fn one_broken_image_is_named() {
    let cut = |extension: &str| {
        let folder = tempfile::tempdir().unwrap();
        let whole = folder.path().join(format!("x.{extension}"));
        grey(&whole, 60, 60, |x, y| (x * y) as u8);
        let bytes = std::fs::read(&whole).unwrap();
        bytes[..bytes.len() / 2].to_vec()
    };
    let cases = [
        ("b.png", b"no image at all".to_vec(), "no image of a kind that is read"),
        ("b.png", vec![], "it is empty"),
        ("b.png", cut("png"), "a broken image"),
        ("b.jpg", cut("jpg"), "a broken image"),
    ];
    for (name, bytes, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        grey(&folder.path().join("a.png"), 60, 60, |_, _| 1);
        grey(&folder.path().join("c.png"), 60, 60, |_, _| 1);
        write(&folder.path().join(name), &bytes);
        let error = open_path(folder.path()).unwrap_err();
        assert!(matches!(&error, DataError::Picture { file, .. } if file.ends_with(name)), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn folders_that_hold_no_set_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let message = open_path(folder.path()).unwrap_err().to_string();
    assert!(message.contains("holds no images of a kind that is read"), "{message}");
    grey(&folder.path().join("a.png"), 4, 4, |_, _| 1);
    grey(&folder.path().join("class/b.png"), 4, 4, |_, _| 1);
    let message = open_path(folder.path()).unwrap_err().to_string();
    assert!(message.contains("holds images (a.png) beside sub-folders of images (class)"), "{message}");
    std::fs::remove_dir_all(folder.path().join("class")).unwrap();
    grey(&folder.path().join("b.png"), 5, 4, |_, _| 1);
    let message = open_path(folder.path()).unwrap_err().to_string();
    assert!(message.starts_with("data.size = nothing: must be given"), "{message}");
    assert!(message.contains("is 4×4") && message.contains("is 4×5"), "{message}");
    let sized = DataSpec {
        size: Some(Size::Square(4)),
        test: Some(TestImages::HoldOut(HoldOut::Last(1))),
        valid: Some(Validation::Test),
        ..spec(folder.path())
    };
    assert_eq!(open(&sized).unwrap().train.len(), 1);
}
