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
        let original = OriginalPicture::read(entry, None, data::Background::Black).unwrap();
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

#[test]
fn what_is_seen_of_transparent_parts_is_changed_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    let pixels = [[200, 100, 0, 255], [200, 100, 0, 51], [200, 100, 0, 0]];
    let picture = image::RgbaImage::from_fn(3, 1, |x, _| image::Rgba(pixels[x as usize]));
    picture.save(&path).unwrap();
    let entry = &list_pictures(&path).unwrap()[0];
    for (background, behind) in [(data::Background::Black, 0.0), (data::Background::White, 1.0)] {
        let original = OriginalPicture::read(entry, None, background).unwrap();
        let mut values = original.values().unwrap();
        let seen =
            |opacity: f64| [200.0, 100.0, 0.0].map(|c: f64| opacity * c / 255.0 + (1.0 - opacity) * behind);
        let expected = [seen(1.0), seen(0.2), seen(0.0)].concat();
        assert!(
            std::iter::zip(&values, expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-6),
            "{values:?}"
        );
        // A hundredth darker: of a pixel that is a fifth there, a twentieth.
        values.iter_mut().for_each(|value| *value -= 0.01);
        let (image, _) = read(&original.encode(&values).unwrap());
        let after: Vec<[u8; 4]> = image.to_rgba8().pixels().map(|pixel| pixel.0).collect();
        assert_eq!(after, [[197, 97, 0, 255], [187, 87, 0, 51], [200, 100, 0, 0]]);
    }
}
