//! `denoise`: pictures of any size come out at their own.

use std::fs;
use std::sync::OnceLock;

use image::{GrayImage, Luma, Rgb, RgbImage};

use crate::harness::{Place, png_size};

/// A place with a small denoiser of 16 × 16 grey pixels, `run`.
fn denoiser() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        let place = Place::new();
        fs::create_dir(place.path("patches")).unwrap();
        for i in 0..160u32 {
            let pixel = |x: u32, y: u32| Luma([smooth(x + 7 * i, y + 3 * i)]);
            GrayImage::from_fn(16, 16, pixel).save(place.path(&format!("patches/{i}.png"))).unwrap();
        }
        fs::write(
            place.path("denoiser.toml"),
            r#"
            name = "denoiser"
            data = { path = "patches", input = { noise = 0.1 } }
            model.encoder = [
                { layer = "conv2d", filters = 8, kernel = 3, padding = "same", activation = "relu" },
                { layer = "conv2d", filters = 8, kernel = 3, padding = "same", activation = "relu" },
            ]
            model.latent = { kind = "deterministic" }
            model.decoder = [{ layer = "conv2d", filters = 1, kernel = 3, padding = "same" }]
            objective.reconstruction = { loss = "bce" }
            optimizer = { kind = "adam", learning_rate = 0.01 }
            training = { epochs = 30, batch_size = 16 }
            "#,
        )
        .unwrap();
        place.ok(&["train", "denoiser.toml", "--out", "run", "--no-report", "-q"]);
        place
    })
}

/// A picture of slow waves.
fn smooth(x: u32, y: u32) -> u8 {
    let wave = |t: f64| (t / 9.0).sin();
    (128.0 + 60.0 * wave(f64::from(x)) + 50.0 * wave(1.7 * f64::from(y) + 4.0)) as u8
}

/// Noise that is the same at every run.
fn noise(x: u32, y: u32, channel: u32) -> f64 {
    let mut state =
        (u64::from(x) * 73_856_093) ^ (u64::from(y) * 19_349_663) ^ (u64::from(channel) * 83_492_791);
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1u32 << 31)
    };
    25.0 * ((0..12).map(|_| uniform()).sum::<f64>() - 6.0)
}

fn noisy(value: u8, x: u32, y: u32, channel: u32) -> u8 {
    (f64::from(value) + noise(x, y, channel)).clamp(0.0, 255.0) as u8
}

#[test]
fn a_large_picture_is_cleaned_at_its_own_size() {
    let place = denoiser();
    GrayImage::from_fn(70, 53, |x, y| Luma([noisy(smooth(x, y), x, y, 0)]))
        .save(place.path("scan.png"))
        .unwrap();
    let ran = place.ok(&["denoise", "run", "scan.png", "--out", "clean.png"]);
    assert!(ran.stderr.contains("cleaned by overlapping tiles of that size"), "{}", ran.stderr);
    let clean = image::open(place.path("clean.png")).unwrap();
    assert_eq!((clean.width(), clean.height(), clean.color()), (70, 53, image::ColorType::L8));
    let error = |picture: &GrayImage| {
        let square =
            |(x, y, pixel): (u32, u32, &Luma<u8>)| (f64::from(pixel[0]) - f64::from(smooth(x, y))).powi(2);
        picture.enumerate_pixels().map(square).sum::<f64>() / (70.0 * 53.0)
    };
    let (before, after) =
        (error(&image::open(place.path("scan.png")).unwrap().into_luma8()), error(&clean.into_luma8()));
    assert!(after < 0.5 * before, "{before} → {after}");
    // Nothing else was drawn.
    assert!(!place.path("run/figures/denoised-images.png").exists());
}

#[test]
fn colours_stay_and_folders_get_one_picture_each() {
    let place = denoiser();
    fs::create_dir(place.path("scans")).unwrap();
    let color = |x, y| Rgb([noisy(smooth(x, y), x, y, 0), noisy(smooth(y, x), x, y, 1), noisy(90, x, y, 2)]);
    RgbImage::from_fn(40, 24, color).save(place.path("scans/a.png")).unwrap();
    GrayImage::from_fn(16, 16, |x, y| Luma([smooth(x, y)])).save(place.path("scans/a.jpg")).unwrap();
    GrayImage::from_fn(9, 5, |x, y| Luma([smooth(x, y)])).save(place.path("scans/tiny.v1.png")).unwrap();
    let ran = place.ok(&["denoise", "run", "scans", "--out", "cleaned"]);
    assert!(
        ran.stderr.contains("1 image with colours, through a grey network: channel by channel"),
        "{}",
        ran.stderr
    );
    for (name, size) in [("a.png.png", (40, 24)), ("a.jpg.png", (16, 16)), ("tiny.v1.png", (9, 5))] {
        assert_eq!(png_size(&place.path("cleaned").join(name)), size, "{name}");
    }
    let clean = image::open(place.path("cleaned/a.png.png")).unwrap().into_rgb8();
    let mean = |channel: usize| {
        clean.pixels().map(|pixel| f64::from(pixel[channel])).sum::<f64>()
            / f64::from(clean.width() * clean.height())
    };
    assert!((mean(2) - 90.0).abs() < 12.0 && (mean(0) - mean(2)).abs() > 10.0, "{} {}", mean(0), mean(2));
    // The figure is asked for by its own name.
    place.ok(&["denoise", "run", "scans/a.png", "--noise", "0.1", "--figure", "sheet.png"]);
    assert!(png_size(&place.path("sheet.png")).1 > 150);
    place.ok(&["denoise", "run", "scans", "--figure", "sheet.svg"]);
    for (arguments, part) in [
        (&["denoise", "run", "scans", "--out", "x.png"][..], "--out x.png: one file does not take 3 images"),
        (
            &["denoise", "run", "scans", "--out", "x.svg"],
            "--out x.svg: must end in .png or .npz, or be a folder",
        ),
        (&["denoise", "run", "scans", "--out", "x.npz"], "--out x.npz: an array takes images of one shape"),
        (&["denoise", "run", "scans", "--figure", "x.txt"], "x.txt: must end in .png or .svg"),
    ] {
        let ran = place.run(arguments);
        assert!(ran.stderr.contains(part), "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.code, Some(2));
    }
}

#[test]
fn a_picture_of_the_networks_size_goes_through_whole() {
    let place = denoiser();
    GrayImage::from_fn(16, 16, |x, y| Luma([noisy(smooth(x, y), x, y, 0)]))
        .save(place.path("same.png"))
        .unwrap();
    place.ok(&["denoise", "run", "same.png", "--out", "same.npz"]);
    place.ok(&["reconstruct", "run", "--images", "same.png", "--out", "whole.npz"]);
    let read = |name: &str| -> ndarray::Array4<f32> {
        let file = fs::File::open(place.path(name)).unwrap();
        ndarray_npy::NpzReader::new(file).unwrap().by_name("x").unwrap()
    };
    assert!(read("same.npz") == read("whole.npz"));
}
