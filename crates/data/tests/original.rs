//! Pictures that come back with everything that their file has but their colours.

use data::{OriginalPicture, list_pictures};
use image::codecs::png::PngEncoder;
use image::codecs::tiff::TiffEncoder;
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageReader};

const SIDES: [u32; 2] = [40, 30];
/// A colour profile, which nobody looks into.
const PROFILE: &[u8] = &[b'x'; 600];

/// A file of this kind with a profile.
fn write(path: &std::path::Path, kind: ExtendedColorType) {
    let bytes = usize::from(kind.bits_per_pixel()) / 8 * 1200;
    let values: Vec<u8> = (0..bytes).map(|at| (at * 41 % 251) as u8).collect();
    let mut file = std::io::Cursor::new(Vec::new());
    let [width, height] = SIDES;
    if path.extension().unwrap() == "tif" {
        let mut encoder = TiffEncoder::new(&mut file);
        encoder.set_icc_profile(PROFILE.to_vec()).unwrap();
        encoder.write_image(&values, width, height, kind).unwrap();
    } else {
        let mut encoder = PngEncoder::new(&mut file);
        encoder.set_icc_profile(PROFILE.to_vec()).unwrap();
        encoder.write_image(&values, width, height, kind).unwrap();
    }
    std::fs::write(path, file.into_inner()).unwrap();
}

fn read(bytes: &[u8]) -> (DynamicImage, Option<Vec<u8>>) {
    let reader = || ImageReader::new(std::io::Cursor::new(bytes)).with_guessed_format().unwrap();
    let profile = match reader().format() {
        Some(image::ImageFormat::Tiff) => {
            let mut decoder = tiff::decoder::Decoder::new(std::io::Cursor::new(bytes)).unwrap();
            decoder.get_tag_u8_vec(tiff::tags::Tag::IccProfile).ok()
        }
        _ => reader().into_decoder().unwrap().icc_profile().unwrap(),
    };
    (reader().decode().unwrap(), profile)
}

#[test]
fn the_same_colours_give_the_same_picture() {
    use ExtendedColorType::{L8, L16, La8, La16, Rgb8, Rgb16, Rgba8, Rgba16};
    let folder = tempfile::tempdir().unwrap();
    let kinds = [
        ("png", L8),
        ("png", La8),
        ("png", Rgb8),
        ("png", Rgba8),
        ("png", L16),
        ("png", La16),
        ("png", Rgb16),
    ];
    let more = [
        ("png", Rgba16),
        ("tif", L8),
        ("tif", Rgb8),
        ("tif", Rgba8),
        ("tif", L16),
        ("tif", Rgb16),
        ("tif", Rgba16),
    ];
    for (ending, kind) in kinds.into_iter().chain(more) {
        let path = folder.path().join(format!("a.{ending}"));
        write(&path, kind);
        let before = std::fs::read(&path).unwrap();
        let entry = &list_pictures(&path).unwrap()[0];
        let original = OriginalPicture::read(entry, None).unwrap();
        assert_eq!(original.extension(), ending);
        let values = original.values().unwrap_or_else(|| {
            let options = data::PictureOptions::new(entry.shape);
            let set = data::load_pictures(&path, &options, &data::DataDirs::default()).unwrap();
            let mut values = vec![0.0; entry.shape.values()];
            set.image(0, &mut values);
            values
        });
        let after = original.encode(&values).unwrap();
        let ((expected, given), (image, profile)) = (read(&before), read(&after));
        assert!(given.as_deref() == Some(PROFILE), "{ending} {kind:?}: the file of the test");
        assert!(profile == given, "{ending} {kind:?}");
        assert_eq!(
            (image.color(), image.as_bytes()),
            (expected.color(), expected.as_bytes()),
            "{ending} {kind:?}"
        );
    }
}
