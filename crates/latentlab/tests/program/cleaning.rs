//! `denoise`: pictures of any size come out at their own.

use std::fs;
use std::sync::OnceLock;

use image::{GrayImage, ImageBuffer, Luma, Rgb, RgbImage};

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
    let ran = place.ok(&["denoise", "run", "scans", "--figure", "sheet.svg"]);
    let part = "the figure shows the middle 16 × 16 pixels of each image, at its own scale; 1 smaller image left out";
    assert!(ran.stderr.contains(part), "{}", ran.stderr);
    for (arguments, part) in [
        (&["denoise", "run", "scans", "--out", "x.png"][..], "--out x.png: one file does not take 3 images"),
        (
            &["denoise", "run", "scans", "--out", "x.svg"],
            "--out x.svg: must end in .png, .tif or .npz, or be a folder",
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

#[test]
fn bits_stay_and_pairs_are_compared() {
    let place = denoiser();
    for folder in ["deep", "deep-clean"] {
        fs::create_dir(place.path(folder)).unwrap();
    }
    let deep = |value: f64| Luma([(257.0 * value).clamp(0.0, 65_535.0) as u16]);
    for name in ["a.tif", "b.png"] {
        let noisy = |x, y| deep(f64::from(smooth(x, y)) + noise(x, y, 0));
        ImageBuffer::from_fn(50, 40, noisy).save(place.path(&format!("deep/{name}"))).unwrap();
        ImageBuffer::from_fn(50, 40, |x, y| deep(smooth(x, y).into()))
            .save(place.path(&format!("deep-clean/{name}")))
            .unwrap();
    }
    let said = place.json(&["denoise", "run", "deep", "--clean", "deep-clean", "--out", "deep-out"]);
    for name in ["a.tif", "b.png"] {
        let made = image::open(place.path("deep-out").join(name)).unwrap();
        assert_eq!(made.color(), image::ColorType::L16, "{name}");
        let distinct: std::collections::HashSet<u16> =
            made.into_luma16().pixels().map(|pixel| pixel[0]).collect();
        assert!(distinct.len() > 256, "{name}: {}", distinct.len());
    }
    let number = |name: &str| said["mean"][name].as_f64().unwrap();
    assert_eq!(said["quality"].as_array().unwrap().len(), 2);
    assert!(
        (number("psnr_before") - 20.2).abs() < 0.5 && number("psnr") > number("psnr_before") + 3.0,
        "{said}"
    );
    assert!(number("ssim") > number("ssim_before"), "{said}");
    let ran = place.ok(&["denoise", "run", "deep/a.tif", "--clean", "deep-clean/a.tif"]);
    assert!(ran.stdout.contains("PSNR") && ran.stdout.contains("mean"), "{}", ran.stdout);
    fs::remove_file(place.path("deep-clean/b.png")).unwrap();
    for (arguments, part) in [
        (&["denoise", "run", "deep", "--clean", "deep-clean"][..], "have no image of that name there: b"),
        (&["denoise", "run", "deep/a.tif", "--out", "a.png"], "a.png: this image becomes a .tif"),
    ] {
        let ran = place.run(arguments);
        assert!(ran.code == Some(2) && ran.stderr.contains(part), "{}", ran.stderr);
    }
}

/// Tiles of the whole begin elsewhere than those of a part.
#[test]
fn no_edge_of_a_tile_shows() {
    let place = denoiser();
    let scan = GrayImage::from_fn(90, 80, |x, y| Luma([noisy(smooth(x, y), x, y, 0)]));
    scan.save(place.path("whole.png")).unwrap();
    let (left, top) = (5, 3);
    image::imageops::crop_imm(&scan, left, top, 70, 61).to_image().save(place.path("part.png")).unwrap();
    let cleaned = |name: &str| {
        let out = format!("seam-{name}");
        place.ok(&["denoise", "run", name, "--out", &out]);
        image::open(place.path(&out)).unwrap().into_luma8()
    };
    let (whole, part) = (cleaned("whole.png"), cleaned("part.png"));
    let margin = 12;
    let inside = (margin..61 - margin).flat_map(|y| (margin..70 - margin).map(move |x| (x, y)));
    let differences: Vec<f64> = inside
        .map(|(x, y)| f64::from(part.get_pixel(x, y)[0]) - f64::from(whole.get_pixel(x + left, y + top)[0]))
        .collect();
    let rms = (differences.iter().map(|d| d * d).sum::<f64>() / differences.len() as f64).sqrt();
    // Of 255; the noise has 25.
    assert!(rms < 2.0, "{rms}");
}

#[test]
fn a_denoiser_learns_from_pairs() {
    let place = denoiser();
    fs::create_dir(place.path("given")).unwrap();
    fs::create_dir(place.path("wanted")).unwrap();
    for i in 0..160u32 {
        let name = format!("{i}.png");
        fs::copy(place.path("patches").join(&name), place.path("wanted").join(&name)).unwrap();
        let pixel = |x: u32, y: u32| Luma([noisy(smooth(x + 7 * i, y + 3 * i), x + 16 * i, y, 0)]);
        GrayImage::from_fn(16, 16, pixel).save(place.path(&format!("given/{i}.png"))).unwrap();
    }
    let ran = place.ok(&[
        "train",
        "--data",
        "given",
        "--clean",
        "wanted",
        "--epochs",
        "20",
        "--out",
        "pairs",
        "--no-report",
    ]);
    assert!(ran.stderr.contains("a denoiser, which learns from pairs"), "{}", ran.stderr);
    let recipe = fs::read_to_string(place.path("pairs/recipe.toml")).unwrap();
    assert!(recipe.contains("clean = ") && !recipe.contains("noise = "), "{recipe}");
    let found = place.json(&["evaluate", "pairs"]);
    let number = |name: &str| found[name].as_f64().unwrap();
    assert!(
        (number("noisy_psnr") - 20.2).abs() < 1.0 && number("psnr") > number("noisy_psnr") + 4.0,
        "{found}"
    );
    // What a clean image becomes later is no longer what the run was trained on.
    GrayImage::from_pixel(16, 16, Luma([9])).save(place.path("wanted/3.png")).unwrap();
    let changed = place.run(&["evaluate", "pairs"]);
    assert!(
        changed.stderr.contains("clean ones lie in another order, or some of these are others now"),
        "{:?} {}",
        changed.code,
        changed.stderr
    );
}

#[test]
fn broken_files_are_left_out_where_that_is_asked_for() {
    let place = denoiser();
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c"] {
        GrayImage::from_fn(40, 20, |x, y| Luma([smooth(x, y)]))
            .save(folder.path().join(format!("{name}.png")))
            .unwrap();
    }
    let bytes = fs::read(folder.path().join("a.png")).unwrap();
    fs::write(folder.path().join("a.png"), &bytes[..60]).unwrap(); // its pixels
    fs::write(folder.path().join("c.png"), &bytes[..10]).unwrap(); // its header
    let (scans, out) = (folder.path().to_str().unwrap(), folder.path().join("out"));
    let verb = ["denoise", "run", scans, "--out", out.to_str().unwrap()];
    let refused = place.run(&verb);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("--skip-broken"), "{}", refused.stderr);
    let ran = place.ok(&[&verb[..], &["--skip-broken", "--force"]].concat());
    assert!(ran.stderr.contains("2 broken files: a.png, c.png"), "{}", ran.stderr);
    assert!(out.join("b.png").is_file() && !out.join("a.png").exists());
}
