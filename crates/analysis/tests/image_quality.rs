//! MSE, PSNR and SSIM against scikit-image's on stored cases (`scripts/image_quality_cases.py`), and their
//! behaviour on awkward tables.

use analysis::{ImageQuality, MeanQuality, QualityError, image_quality};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    shape: [usize; 3],
    original: String,
    images: Vec<Image>,
}

#[derive(Deserialize)]
struct Image {
    kind: String,
    pixels: String,
    mse: f64,
    psnr: Option<f64>,
    ssim: f64,
}

fn pixels(hex: &str) -> Vec<f32> {
    let byte = |i: usize| u8::from_str_radix(&hex[i..i + 2], 16).expect("hexadecimal");
    (0..hex.len()).step_by(2).map(|i| f32::from(byte(i)) / 255.0).collect()
}

#[test]
fn values_equal_scikit_image() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("image_quality.json")).unwrap();
    for case in cases {
        let [height, width, channels] = case.shape;
        let original = pixels(&case.original);
        let originals: Vec<f32> = case.images.iter().flat_map(|_| original.clone()).collect();
        let images: Vec<f32> = case.images.iter().flat_map(|image| pixels(&image.pixels)).collect();
        let shape = [case.images.len(), height, width, channels];
        let measured = image_quality(&originals, &images, shape).unwrap();
        for (ours, theirs) in measured.iter().zip(&case.images) {
            let what = format!("{:?} {}: {ours:?}", case.shape, theirs.kind);
            // Pixels are rounded to f32 on our side only: 6e-8 of 1.
            assert!((ours.mse - theirs.mse).abs() <= 1e-6 * theirs.mse, "{what}, MSE {}", theirs.mse);
            let psnr = theirs.psnr.unwrap_or(f64::INFINITY);
            assert!(ours.psnr == psnr || (ours.psnr - psnr).abs() <= 1e-5, "{what}, PSNR {psnr}");
            assert!((ours.ssim - theirs.ssim).abs() <= 1e-6, "{what}, SSIM {}", theirs.ssim);
        }
    }
}

/// Images that differ from each other, the same on every machine.
fn spread(count: usize) -> Vec<f32> {
    (0..count as u64).map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f32 / 16_777_216.0).collect()
}

#[test]
fn results_do_not_depend_on_threads_or_neighbours() {
    let shape = [37, 28, 28, 1];
    let (originals, images) = (spread(37 * 784), spread(38 * 784).split_off(784));
    let all = image_quality(&originals, &images, shape).unwrap();
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(all, pool.install(|| image_quality(&originals, &images, shape)).unwrap());
    }
    for (index, quality) in all.iter().enumerate() {
        let one = index * 784..(index + 1) * 784;
        let alone = image_quality(&originals[one.clone()], &images[one], [1, 28, 28, 1]).unwrap();
        assert_eq!(alone, [*quality]);
    }
}

#[test]
fn similarity_is_symmetric_and_one_only_for_equal_images() {
    let (a, b) = (spread(12 * 15 * 3), spread(12 * 15 * 3 + 9).split_off(9));
    let measure = |x: &[f32], y: &[f32]| image_quality(x, y, [1, 12, 15, 3]).unwrap()[0];
    assert!((measure(&a, &b).ssim - measure(&b, &a).ssim).abs() < 1e-15);
    assert!(measure(&a, &b).ssim < 0.5);
    let equal = measure(&a, &a);
    assert!((equal.ssim - 1.0).abs() < 1e-12 && equal.mse == 0.0 && equal.psnr == f64::INFINITY);
}

#[test]
fn means_leave_equal_pairs_out_of_the_psnr_and_say_so() {
    let originals = vec![0.5; 3 * 121];
    let mut images = originals.clone();
    images[..121].fill(0.6);
    images[121..242].fill(0.51);
    let mean = MeanQuality::of(&image_quality(&originals, &images, [3, 11, 11, 1]).unwrap()).unwrap();
    assert!((mean.psnr - 30.0).abs() < 1e-3 && (mean.mse - 0.0101 / 3.0).abs() < 1e-7, "{mean:?}");
    assert_eq!((mean.images, mean.identical), (3, 1));
    let equal = MeanQuality::of(&image_quality(&originals, &originals, [3, 11, 11, 1]).unwrap()).unwrap();
    assert_eq!((equal.psnr, equal.identical), (f64::INFINITY, 3));
    assert_eq!(MeanQuality::of(&image_quality(&[], &[], [0, 11, 11, 1]).unwrap()), None);
}

#[test]
fn tables_that_do_not_fit_are_refused() {
    let table = vec![0.5; 2 * 25];
    let error =
        |originals: &[f32], images: &[f32], shape| image_quality(originals, images, shape).unwrap_err();
    let shape = [2, 5, 5, 1];
    assert_eq!(error(&table, &table[1..], shape), QualityError::Shape { shape, values: 49 });
    assert_eq!(error(&table[1..], &table, shape), QualityError::Shape { shape, values: 49 });
    let shape = [usize::MAX, 5, 5, 1];
    assert_eq!(error(&table, &table, shape), QualityError::Shape { shape, values: 50 });
    assert_eq!(error(&table, &table, [1, 2, 25, 1]), QualityError::TooSmall { height: 2, width: 25 });
    assert_eq!(error(&[], &[], [2, 5, 5, 0]), QualityError::Shape { shape: [2, 5, 5, 0], values: 0 });
    let mut broken = table.clone();
    broken[49] = f32::NAN;
    assert_eq!(error(&table, &broken, [2, 5, 5, 1]), QualityError::NotFinite { image: 1 });
    broken[3] = f32::INFINITY;
    assert_eq!(error(&broken, &table, [2, 5, 5, 1]), QualityError::NotFinite { image: 0 });
}

#[test]
fn ten_thousand_digits_take_less_than_a_second() {
    let (originals, images) = (spread(10_000 * 784), spread(10_001 * 784).split_off(784));
    let start = std::time::Instant::now();
    let measured = image_quality(&originals, &images, [10_000, 28, 28, 1]).unwrap();
    let elapsed = start.elapsed();
    assert_eq!(measured.len(), 10_000);
    println!("{elapsed:?}");
    // Generous, so that a busy machine does not fail the test: idle, two cores need a tenth of a second.
    assert!(elapsed.as_secs() < 10, "{elapsed:?}");
}

#[test]
fn an_image_all_but_equal_to_its_original_does_not_outweigh_the_others() {
    let psnr = |mse: f64| ImageQuality { mse, psnr: -10.0 * mse.log10(), ssim: 1.0 };
    let mean = MeanQuality::of(&[psnr(1e-2), psnr(1e-17)]).unwrap();
    assert!((mean.psnr - 40.0).abs() < 1e-9, "{mean:?}");
}
