//! Input transforms: their arithmetic, and that they are pure functions of (seed, step, image).

mod fixtures;

use data::{Binarise, Dataset, EVALUATION_STEP, ImageShape, InputSpec, InputTransform, Noise};

fn ramp() -> Dataset {
    let pixels = (0..=255).cycle().take(4 * 1024).collect();
    Dataset::from_bytes("ramp", ImageShape::new(32, 32, 1), pixels).unwrap()
}

fn fill(spec: InputSpec, seed: u64, step: u64, index: usize) -> (Vec<f32>, Vec<f32>) {
    let (mut input, mut target) = (vec![0.0; 1024], vec![0.0; 1024]);
    InputTransform::new(&spec, seed).unwrap().fill(&ramp(), step, index, &mut input, &mut target);
    (input, target)
}

const NO_NOISE: Noise = Noise { blur: None, poisson: None, gaussian: None, salt: None, jpeg: None };
const NOISE: InputSpec = InputSpec { noise: Some(Noise { gaussian: Some(0.5), ..NO_NOISE }), binarise: None };
const COINS: InputSpec = InputSpec { noise: None, binarise: Some(Binarise::Stochastic) };

#[test]
fn bytes_are_divided_by_255_and_rounded_once() {
    let set = Dataset::from_bytes("all", ImageShape::new(16, 16, 1), (0..=255).collect()).unwrap();
    let mut image = [0.0; 256];
    set.image(0, &mut image);
    for (byte, value) in (0..=255u8).zip(image) {
        assert_eq!(value.to_bits(), (f32::from(byte) / 255.0).to_bits(), "{byte}");
    }
}

#[test]
fn without_a_transform_input_and_target_are_the_image() {
    let (input, target) = fill(InputSpec::default(), 1, 2, 3);
    assert_eq!(input, fixtures::image(&ramp(), 3));
    assert_eq!(input, target);
    assert!(InputTransform::new(&InputSpec::default(), 0).unwrap().is_identity());
}

#[test]
fn noise_is_clipped_and_leaves_the_target_clean() {
    let (input, target) = fill(NOISE, 1, 2, 3);
    assert_eq!(target, fixtures::image(&ramp(), 3));
    assert!(input.iter().all(|v| (0.0..=1.0).contains(v)));
    // In the middle of the range, where ±½σ is not clipped, about 38 % lie within ½σ.
    let mid = input.iter().zip(&target).filter(|(_, t)| (0.4..0.6).contains(*t));
    let (count, near) =
        mid.fold((0.0, 0.0), |(n, k), (i, t)| (n + 1.0, k + f32::from(u8::from((i - t).abs() < 0.25))));
    assert!((0.28..0.48).contains(&(near / count)), "{}", near / count);
}

#[test]
fn binary_images_are_binary_and_have_the_pixels_as_probabilities() {
    let (input, target) = fill(InputSpec { noise: None, binarise: Some(Binarise::Threshold) }, 1, 2, 3);
    let clean = fixtures::image(&ramp(), 3);
    assert!(clean.iter().zip(&target).all(|(clean, binary)| *binary == f32::from(u8::from(*clean > 0.5))));
    assert_eq!(input, target);

    let mut means = vec![0.0; 1024];
    for step in 0..200 {
        let (input, target) = fill(COINS, 1, step, 3);
        assert_eq!(input, target);
        means.iter_mut().zip(&target).for_each(|(mean, v)| *mean += v / 200.0);
    }
    assert!(clean.iter().zip(&means).all(|(p, mean)| (p - mean).abs() < 0.16));
    assert!(
        clean.iter().zip(&means).all(|(p, mean)| (*p > 0.0 || *mean == 0.0) && (*p < 1.0 || *mean > 0.999))
    );
}

#[test]
fn noise_on_binary_images_keeps_a_binary_target() {
    let (input, target) =
        fill(InputSpec { noise: Some(Noise::gaussian(0.1)), binarise: Some(Binarise::Stochastic) }, 1, 2, 3);
    assert!(target.iter().all(|v| *v == 0.0 || *v == 1.0));
    assert!(input.iter().any(|v| *v != 0.0 && *v != 1.0));
}

#[test]
fn randomness_is_a_pure_function_of_seed_step_and_image() {
    for spec in [NOISE, COINS] {
        let first = fill(spec, 1, 2, 1).0;
        assert_eq!(first, fill(spec, 1, 2, 1).0);
        assert_ne!(first, fill(spec, 2, 2, 1).0);
        assert_ne!(first, fill(spec, 1, 3, 1).0);
        assert_ne!(first, fill(spec, 1, 2, 2).0); // images 1 and 2 of the ramp are equal
        assert_eq!(fill(spec, 1, EVALUATION_STEP, 1), fill(spec, 1, EVALUATION_STEP, 1));
    }
}
