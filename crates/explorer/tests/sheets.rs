//! Sheets of small images, decoded again.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use explorer::{Blobs, ImageSheets, payload::Images};
use image::DynamicImage;

/// A pixel of image `at`, in [0, 1]: different for each image, place and channel, in levels of 8 bits.
fn pixel(at: usize, y: usize, x: usize, channel: usize) -> f32 {
    ((at * 37 + y * 11 + x * 5 + channel * 83) % 256) as f32 / 255.0
}

/// What nothing makes small.
fn noise(at: usize, y: usize, x: usize, channel: usize) -> f32 {
    let seed = (at * 7_919 + y * 104_729 + x * 1_299_709 + channel) as u64;
    let mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 56) as f32 / 255.0
}

/// Smooth with a little noise, as photographs are.
fn photograph(at: usize, y: usize, x: usize, channel: usize) -> f32 {
    let smooth = 0.5 + 0.3 * (at as f32 + 0.1 * (x + 2 * y) as f32).sin();
    smooth + 0.1 * (noise(at, y, x, channel) - 0.5)
}

fn sheets(
    count: usize,
    [height, width, channels]: [usize; 3],
    of: fn(usize, usize, usize, usize) -> f32,
) -> ImageSheets {
    let fill = |at: usize, image: &mut [f32]| {
        for (i, value) in image.iter_mut().enumerate() {
            *value = of(at, i / channels / width, i / channels % width, i % channels);
        }
    };
    ImageSheets::new(count, [height, width, channels], fill).unwrap()
}

/// The images as stored, and the files they are in.
fn stored(sheets: &ImageSheets, budget: usize) -> (Images, Vec<DynamicImage>, usize) {
    let mut blobs = Blobs::default();
    let images = sheets.store(budget, &mut blobs).unwrap();
    let files: Vec<Vec<u8>> =
        images.sheets.iter().map(|sheet| STANDARD.decode(blobs.base64(sheet.blob)).unwrap()).collect();
    let bytes = files.iter().map(Vec::len).sum();
    (images, files.iter().map(|file| image::load_from_memory(file).unwrap()).collect(), bytes)
}

/// The greatest difference between what was put in and what is shown, in [0, 1].
fn worst(images: &Images, files: &[DynamicImage], of: fn(usize, usize, usize, usize) -> f32) -> f32 {
    let mut worst = 0.0_f32;
    let files: Vec<image::RgbImage> = files.iter().map(DynamicImage::to_rgb8).collect();
    for at in 0..images.count {
        let (sheet, place) = (&files[at / images.per_sheet], at % images.per_sheet);
        let corner = [place / images.columns * images.height, place % images.columns * images.width];
        for y in 0..images.height {
            for x in 0..images.width {
                let found = sheet.get_pixel((corner[1] + x) as u32, (corner[0] + y) as u32);
                for channel in 0..images.channels {
                    let found = f32::from(found[channel]) / 255.0;
                    worst = worst.max((found - of(at, y, x, channel)).abs());
                }
            }
        }
    }
    worst
}

#[test]
fn images_are_exact_where_there_is_room() {
    // Several sheets, the last of them not full; odd sides.
    for (count, shape) in [(1, [3, 5, 1]), (7_000, [29, 27, 1]), (900, [64, 61, 3])] {
        let (images, files, _) = stored(&sheets(count, shape, pixel), usize::MAX);
        assert_eq!((images.count, images.exact), (count, true));
        assert_eq!([images.height, images.width, images.channels], shape);
        assert_eq!(images.sheets.len(), count.div_ceil(images.per_sheet));
        assert!(files.iter().all(|file| file.width() <= 2_048 && file.height() <= 2_048));
        assert_eq!(worst(&images, &files, pixel), 0.0, "{shape:?}");
    }
}

#[test]
fn images_become_coarser_rather_than_the_page_too_large() {
    let grey = sheets(200, [28, 27, 1], noise);
    let (_, _, exact) = stored(&grey, usize::MAX);
    let (images, files, bytes) = stored(&grey, exact - 1);
    assert!(!images.exact && bytes < exact, "{bytes} of {exact}");
    let difference = worst(&images, &files, noise);
    assert!(difference <= 0.5 / 15.0 + 0.5 / 255.0, "{difference}");

    let colour = sheets(100, [32, 32, 3], photograph);
    let (_, _, exact) = stored(&colour, usize::MAX);
    let (images, files, bytes) = stored(&colour, exact - 1);
    assert_eq!((images.exact, images.sheets[0].media), (false, "image/jpeg"));
    let difference = worst(&images, &files, photograph);
    assert!(bytes < exact && difference < 0.3, "{bytes} of {exact}, {difference}");
}

#[test]
fn many_images_are_shrunk_to_the_means_of_their_pixels() {
    let half = |at: usize, y: usize, x: usize, _: usize| f32::from(u8::from((at + x + y).is_multiple_of(2)));
    let many = sheets(70_000, [28, 28, 1], half);
    assert!(many.are_shrunk() && many.count() == 70_000);
    assert_eq!(many.sides(), [14, 14]);
    let (images, files, _) = stored(&many, usize::MAX);
    assert!(!images.exact);
    // A block of two by two holds as many black pixels as white ones.
    let grey = |_, _, _, _| 128.0 / 255.0;
    assert_eq!(worst(&images, &files[..], grey), 0.0);
    assert!(ImageSheets::new(3, [4, 4, 2], |_, _| ()).is_none());
}
