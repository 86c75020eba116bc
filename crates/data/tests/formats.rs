//! Image files of every kind that is read: the pixels are those that were written, upright, on their scale.

mod fixtures;

use std::path::Path;

use data::{Background, DataDirs, DataError, DataSpec, Dataset, ImageShape, PictureOptions};
use fixtures::{image, open, open_path, write};
use image::{
    DynamicImage, ExtendedColorType, GrayImage, ImageBuffer, ImageEncoder, ImageFormat, Luma, LumaA, Rgb,
    RgbImage, Rgba, RgbaImage,
};

/// A picture that every flip, turn or swap of channels changes.
fn picture(seed: u32) -> RgbImage {
    RgbImage::from_fn(9, 6, |x, y| Rgb([(x * 28) as u8, (y * 40) as u8, (60 + seed * 7 % 90) as u8]))
}

fn set(path: &Path, shape: ImageShape) -> Dataset {
    data::load_pictures(path, &PictureOptions::new(shape), &DataDirs::default()).unwrap()
}

fn bytes(set: &Dataset, i: usize) -> Vec<u8> {
    image(set, i).iter().map(|value| (value * 255.0).round() as u8).collect()
}

#[test]
fn every_lossless_format_gives_the_pixels_that_were_written() {
    let folder = tempfile::tempdir().unwrap();
    for (name, format) in [
        ("a.png", ImageFormat::Png),
        ("a.webp", ImageFormat::WebP),
        ("a.tif", ImageFormat::Tiff),
        ("a.TIFF", ImageFormat::Tiff),
        ("a.bmp", ImageFormat::Bmp),
        ("a.ppm", ImageFormat::Pnm),
        ("webp-named.jpg", ImageFormat::WebP),
        ("no-extension", ImageFormat::Png),
    ] {
        let path = folder.path().join(name);
        picture(0).save_with_format(&path, format).unwrap();
        let set = set(&path, ImageShape::new(6, 9, 3));
        assert_eq!(bytes(&set, 0), picture(0).into_raw(), "{name}");
    }
    // GIF has 256 colours; this picture has fewer.
    let path = folder.path().join("a.gif");
    let two =
        RgbImage::from_fn(
            8,
            5,
            |x, y| if (x + 2 * y) % 3 == 0 { Rgb([250, 10, 30]) } else { Rgb([0, 0, 255]) },
        );
    DynamicImage::ImageRgb8(two.clone()).into_rgba8().save_with_format(&path, ImageFormat::Gif).unwrap();
    assert_eq!(bytes(&set(&path, ImageShape::new(5, 8, 3)), 0), two.into_raw());
}

#[test]
fn a_folder_tells_its_kinds_and_what_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for i in 0..6 {
        picture(i).save(at(&format!("{i}.png"))).unwrap();
        picture(10 + i).save(at(&format!("w{i}.webp"))).unwrap();
    }
    picture(30).save(at("last.bmp")).unwrap();
    write(&at("a.heic"), b"never looked at");
    write(&at("b.heic"), b"never looked at");
    write(&at("notes.txt"), b"text");
    for litter in ["Thumbs.db", "desktop.ini", ".DS_Store", "__MACOSX/._0.png"] {
        write(&at(litter), b"litter");
    }
    let splits = open_path(folder.path()).unwrap();
    let inventory = splits.train.inventory().unwrap();
    let kinds = [(".png".to_owned(), 6), (".webp".to_owned(), 6), (".bmp".to_owned(), 1)];
    assert_eq!(inventory.kinds, kinds);
    assert_eq!(
        inventory.left_out,
        [
            "2 images of kinds that are not read: 2 .heic; save as PNG or JPEG to use them",
            "1 other file: 1 .txt"
        ]
    );
    assert_eq!((inventory.values.images, inventory.values.constant, inventory.values.identical), (13, 0, 0));
    assert!(splits.train.file_name(0).unwrap().contains('.'));
}

#[test]
fn pages_of_a_tiff_are_images_and_its_thumbnails_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stack.tif");
    let mut file = std::io::Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut file).unwrap();
    for i in 0..5u8 {
        let page: Vec<u8> = (0..12).map(|p| p * 20 + i).collect();
        encoder.write_image::<tiff::encoder::colortype::Gray8>(4, 3, &page).unwrap();
    }
    write(&path, &file.into_inner());
    let set = set(&path, ImageShape::new(3, 4, 1));
    assert_eq!(set.len(), 5);
    for i in 0..5u8 {
        let expected: Vec<u8> = (0..12).map(|p| p * 20 + i).collect();
        assert_eq!(bytes(&set, usize::from(i)), expected);
        assert_eq!(set.file_name(usize::from(i)), Some(format!("stack.tif#{}", i + 1).as_str()));
    }
    assert_eq!(data::survey(folder.path(), None, false).unwrap().images, 5);
}

#[test]
fn sixteen_bits_are_on_the_scale_that_they_fill() {
    let white = |most: u16, format: ImageFormat| {
        let folder = tempfile::tempdir().unwrap();
        for i in 0..12u16 {
            let grey = ImageBuffer::<Luma<u16>, _>::from_fn(5, 4, |x, y| {
                Luma([if x == 4 && y == 3 { most } else { (x as u16 * 13 + i) % most }])
            });
            let path = folder.path().join(format!("{i}.x"));
            DynamicImage::ImageLuma16(grey).save_with_format(path.with_extension("png"), format).unwrap();
        }
        let splits = open_path(folder.path()).unwrap();
        let inventory = splits.train.inventory().unwrap().clone();
        let last = image(&splits.train, 0)[19];
        (last, inventory.range, inventory.notes.len())
    };
    for format in [ImageFormat::Png, ImageFormat::Tiff] {
        assert_eq!(white(65_535, format), (1.0, None, 0));
        assert_eq!(white(4095, format), (1.0, Some([0.0, 4095.0]), 1), "12 bits in 16");
        assert_eq!(white(1023, format), (1.0, Some([0.0, 1023.0]), 1));
        assert_eq!(white(200, format), (200.0 / 255.0, Some([0.0, 255.0]), 1), "8 bits in 16");
    }
}

#[test]
fn masks_of_zero_and_one_are_black_and_white() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..12 {
        let mask = GrayImage::from_fn(6, 6, |x, y| Luma([u8::from(x * y > i)]));
        mask.save(folder.path().join(format!("{i}.png"))).unwrap();
    }
    let splits = open_path(folder.path()).unwrap();
    let inventory = splits.train.inventory().unwrap();
    assert_eq!((inventory.values.min, inventory.values.max, inventory.range), (0.0, 1.0, Some([0.0, 1.0])));
    // A run that says so reads later files alike, though one of them alone might be anything.
    let spec = DataSpec { path: Some(folder.path().into()), range: Some([0.0, 1.0]), ..DataSpec::default() };
    assert_eq!(image(&open(&spec).unwrap().train, 0), image(&splits.train, 0));
    // Bytes as they are: what there is to mend, the user can.
    let spec = DataSpec { range: Some([0.0, 255.0]), ..spec };
    assert_eq!(open(&spec).unwrap().train.inventory().unwrap().values.max, 1.0 / 255.0);
}

#[test]
fn what_is_transparent_lies_over_what_shows_the_rest() {
    let open_ink = |ink: u8, background| {
        let folder = tempfile::tempdir().unwrap();
        for i in 0..12 {
            let drawn = RgbaImage::from_fn(6, 6, |x, y| {
                if x > y + i % 3 { Rgba([ink, ink, ink, 255]) } else { Rgba([0, 0, 0, 0]) }
            });
            drawn.save(folder.path().join(format!("{i}.png"))).unwrap();
        }
        let spec = DataSpec { path: Some(folder.path().into()), background, ..DataSpec::default() };
        let splits = open(&spec).unwrap();
        let found = splits.train.inventory().unwrap().clone();
        let corner = image(&splits.train, 0)[0]; // transparent
        (corner, found.background, found.values.constant)
    };
    assert_eq!(open_ink(0, None), (1.0, Some(Background::White), 0), "black ink would vanish on black");
    assert_eq!(open_ink(250, None), (0.0, Some(Background::Black), 0), "light ink would vanish on white");
    assert_eq!(open_ink(128, None), (0.0, Some(Background::Black), 0), "grey is seen on either");
    assert_eq!(open_ink(128, Some(Background::White)), (1.0, Some(Background::White), 0));
    assert_eq!(open_ink(0, Some(Background::Black)), (0.0, Some(Background::Black), 12));
    // Half transparent, with 16 bits, by hand: v·α + b·(1 − α).
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.png");
    let half = ImageBuffer::<LumaA<u16>, _>::from_pixel(2, 2, LumaA([257 * 100, 257 * 51]));
    DynamicImage::ImageLumaA16(half).save(&path).unwrap();
    let over = |background| {
        let options =
            PictureOptions { background: Some(background), ..PictureOptions::new(ImageShape::new(2, 2, 1)) };
        bytes(&data::load_pictures(&path, &options, &DataDirs::default()).unwrap(), 0)[0]
    };
    assert_eq!((over(Background::Black), over(Background::White)), (20, 224));
}

/// EXIF that says that the image is to be turned by 90° clockwise.
const TURNED: [u8; 26] = *b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";

#[test]
fn orientation_is_that_of_exif_in_every_format_that_carries_it() {
    let folder = tempfile::tempdir().unwrap();
    let grey = [10u8, 20, 30, 40, 50, 60]; // 2 rows of 3
    let upright = [40u8, 10, 50, 20, 60, 30]; // 3 rows of 2
    let rgb: Vec<u8> = grey.iter().flat_map(|v| [*v; 3]).collect();
    let mut files: Vec<(&str, Vec<u8>)> = Vec::new();
    let mut png = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut png);
    encoder.set_exif_metadata(TURNED.to_vec()).unwrap();
    encoder.write_image(&grey, 3, 2, ExtendedColorType::L8).unwrap();
    files.push(("x.png", png));
    let mut webp = Vec::new();
    let mut encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut webp);
    encoder.set_exif_metadata(TURNED.to_vec()).unwrap();
    encoder.write_image(&rgb, 3, 2, ExtendedColorType::Rgb8).unwrap();
    files.push(("x.webp", webp));
    let mut file = std::io::Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut file).unwrap();
    let mut page = encoder.new_image::<tiff::encoder::colortype::Gray8>(3, 2).unwrap();
    page.encoder().write_tag(tiff::tags::Tag::Orientation, 6u16).unwrap();
    page.write_data(&grey).unwrap();
    files.push(("x.tif", file.into_inner()));
    for (name, bytes_of_file) in files {
        let path = folder.path().join(name);
        write(&path, &bytes_of_file);
        assert_eq!(bytes(&set(&path, ImageShape::new(3, 2, 1)), 0), upright, "{name}");
    }
}

#[test]
fn stray_bytes_between_segments_of_a_jpeg_are_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let mut jpeg = std::io::Cursor::new(Vec::new());
    picture(3).write_to(&mut jpeg, ImageFormat::Jpeg).unwrap();
    let clean = jpeg.into_inner();
    // Behind the first segment, whose length stands in its bytes 2 and 3 behind the marker.
    let end = 4 + usize::from(u16::from_be_bytes([clean[4], clean[5]]));
    let stray = [&clean[..end], b"\x1c\x03stray", &clean[end..]].concat();
    let (a, b) = (folder.path().join("clean.jpg"), folder.path().join("stray.jpg"));
    write(&a, &clean);
    write(&b, &stray);
    let shape = ImageShape::new(6, 9, 3);
    assert_eq!(bytes(&set(&a, shape), 0), bytes(&set(&b, shape), 0));
}

#[test]
fn a_jpeg_that_is_damaged_in_the_middle_is_refused_not_grey() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photo.jpg");
    let mut jpeg = std::io::Cursor::new(Vec::new());
    let noise = GrayImage::from_fn(64, 64, |x, y| Luma([((x * 37) ^ (y * 91) ^ (x * y)) as u8]));
    noise.write_to(&mut jpeg, ImageFormat::Jpeg).unwrap();
    let mut bytes = jpeg.into_inner();
    write(&path, &bytes);
    assert_eq!(set(&path, ImageShape::new(64, 64, 1)).len(), 1);
    // As many ones as no code has, each byte with the 0 that tells it from a marker.
    let middle = bytes.len() * 3 / 4;
    bytes[middle..middle + 16].copy_from_slice(&[0xff, 0].repeat(8));
    write(&path, &bytes);
    let message = open_path(&path).unwrap_err().to_string();
    assert!(message.contains("photo.jpg: a broken image: damaged in the middle"), "{message}");
}

#[test]
fn all_broken_files_are_named_and_can_be_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for i in 0..12 {
        picture(i).save(at(&format!("{i}.png"))).unwrap();
    }
    let whole = std::fs::read(at("0.png")).unwrap();
    write(&at("cut.png"), &whole[..whole.len() - 30]);
    write(&at("empty.jpg"), b"");
    write(&at("page.png"), b"<!DOCTYPE html>\n<html></html>");
    let error = open_path(folder.path()).unwrap_err();
    let DataError::Broken { files, .. } = &error else { panic!("{error}") };
    let names: Vec<_> =
        files.iter().map(|broken| broken.file.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["cut.png", "empty.jpg", "page.png"]);
    let message = error.to_string();
    assert!(message.contains("3 image files cannot be used"), "{message}");
    assert!(
        message.contains("page.png: a web page") && message.contains("empty.jpg: it is empty"),
        "{message}"
    );
    let spec = DataSpec { path: Some(folder.path().into()), skip_broken: true, ..DataSpec::default() };
    let splits = open(&spec).unwrap();
    let inventory = splits.train.inventory().unwrap();
    assert_eq!(inventory.values.images, 12);
    assert_eq!(inventory.left_out, ["3 broken files: cut.png, empty.jpg, page.png"]);
}

#[test]
fn pictures_of_other_sizes_may_be_padded_with_their_background() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.png");
    GrayImage::from_pixel(8, 4, Luma([100])).save(&path).unwrap();
    let options = PictureOptions {
        fit: data::Fit::Pad,
        background: Some(Background::White),
        ..PictureOptions::new(ImageShape::new(8, 8, 1))
    };
    let pixels = bytes(&data::load_pictures(&path, &options, &DataDirs::default()).unwrap(), 0);
    assert_eq!((pixels[0], pixels[28], pixels[63]), (255, 100, 255));
}

/// An uncompressed TIFF of bytes, one strip or tile, with more tags of one number each.
fn tiff_of(width: u32, height: u32, samples: u32, more: &[(u16, u32)], values: &[u8]) -> Vec<u8> {
    let mut tags = vec![(256, width), (257, height), (258, 8), (259, 1), (277, samples)];
    tags.push((262, if samples < 3 { 1 } else { 2 }));
    tags.extend(more);
    let tiled = more.iter().any(|(tag, _)| *tag == 322);
    let (offset, count) = if tiled { (324, 325) } else { (273, 279) };
    tags.extend([(offset, 0), (count, values.len() as u32)]);
    tags.sort_unstable();
    let end = 8 + 2 + 12 * tags.len() as u32 + 4;
    let mut bytes = [&b"II*\0\x08\0\0\0"[..], &(tags.len() as u16).to_le_bytes()].concat();
    // Three and four counts of bits do not fit into the tag: they stand behind the directory.
    for (tag, value) in tags {
        let (count, value) = match tag {
            258 if samples > 2 => (samples, end),
            _ if tag == offset => (1, end + 8),
            _ => (1, value),
        };
        let kind: u16 = if value > 65_535 { 4 } else { 3 };
        bytes.extend([&tag.to_le_bytes()[..], &kind.to_le_bytes()].concat());
        bytes.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
    }
    bytes.extend([0; 4]);
    bytes.extend([8, 0, 8, 0, 8, 0, 8, 0]);
    bytes.extend(values);
    bytes
}

#[test]
fn a_tiff_that_would_be_decoded_to_other_pixels_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    let said = |bytes: &[u8]| {
        write(&path, bytes);
        let options = PictureOptions::new(ImageShape::new(16, 16, 3));
        data::load_pictures(&path, &options, &DataDirs::default()).map_err(|error| error.to_string())
    };
    assert!(said(&tiff_of(16, 16, 3, &[], &[7; 768])).is_ok());
    let message = said(&tiff_of(16, 16, 1, &[(266, 2)], &[7; 256])).unwrap_err();
    assert!(message.contains("not read: its bits are in reverse order (FillOrder 2)"), "{message}");
    let apart = [(284, 2), (322, 16), (323, 16)];
    let message = said(&tiff_of(16, 16, 3, &apart, &[7; 768])).unwrap_err();
    assert!(message.contains("not read: its channels lie apart from each other, in tiles"), "{message}");
}

#[test]
fn colours_multiplied_by_their_transparency_are_divided_by_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    let values: Vec<u8> = [[100, 50, 0, 128], [10, 20, 30, 255]].concat().repeat(8);
    for (kind, expected) in [(1, [100, 50, 0, 10, 20, 30]), (2, [50, 25, 0, 10, 20, 30])] {
        write(&path, &tiff_of(4, 4, 4, &[(338, kind)], &values));
        let options = PictureOptions {
            background: Some(Background::Black),
            ..PictureOptions::new(ImageShape::new(4, 4, 3))
        };
        let set = data::load_pictures(&path, &options, &DataDirs::default()).unwrap();
        assert_eq!(bytes(&set, 0)[..6], expected, "ExtraSamples {kind}");
    }
}

#[test]
fn tiff_files_with_wide_offsets_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    let mut file = std::io::Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new_big(&mut file).unwrap();
    encoder.write_image::<tiff::encoder::colortype::RGB8>(9, 6, picture(0).as_raw()).unwrap();
    write(&path, &file.into_inner());
    assert_eq!(bytes(&set(&path, ImageShape::new(6, 9, 3)), 0), picture(0).into_raw());
}

#[test]
fn exif_in_a_webp_may_begin_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let turned = image::imageops::rotate90(&picture(0)).into_raw();
    let block = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    for exif in [block.clone(), [b"Exif\0\0", &block[..]].concat()] {
        let path = folder.path().join("a.webp");
        let mut out = Vec::new();
        let mut encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut out);
        encoder.set_exif_metadata(exif).unwrap();
        encoder.encode(picture(0).as_raw(), 9, 6, ExtendedColorType::Rgb8).unwrap();
        write(&path, &out);
        assert_eq!(data::list_pictures(&path).unwrap()[0].shape, ImageShape::new(9, 6, 3));
        assert_eq!(bytes(&set(&path, ImageShape::new(9, 6, 3)), 0), turned);
    }
}
