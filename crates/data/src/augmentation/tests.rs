//! What is done to images, and that it is done alike every time.

use super::*;

const SHAPES: [ImageShape; 5] = [
    ImageShape::new(1, 1, 1),
    ImageShape::new(5, 8, 3),
    ImageShape::new(17, 3, 1),
    ImageShape::new(6, 7, 2),
    ImageShape::new(32, 32, 3),
];

fn images(shape: ImageShape) -> Vec<f32> {
    let mut image = vec![0.0; shape.values()];
    Stream::new(1, "image").uniforms(0, 0, &mut image);
    image
}

fn of(spec: AugmentSpec, epoch: u64, shape: ImageShape) -> Vec<f32> {
    let mut out = vec![f32::NAN; shape.values()];
    Augmentation::new(&spec, 3).unwrap().apply(epoch, 5, shape, &images(shape), &mut out);
    out
}

fn everything(shape: ImageShape) -> AugmentSpec {
    let of_colours = (shape.channels == 3).then_some(0.3);
    AugmentSpec {
        flip: Some(Flip::Both),
        shift: Some(0.2),
        crop: Some(0.6),
        rotate: Some(30.0),
        brightness: Some(0.3),
        contrast: Some(0.5),
        saturation: of_colours,
        hue: of_colours,
        cut_out: Some(0.4),
    }
}

#[test]
fn an_image_is_the_same_in_an_epoch_and_another_in_the_next() {
    for shape in SHAPES {
        let at = |epoch| of(everything(shape), epoch, shape);
        assert_eq!(at(4), at(4), "{shape}");
        assert_ne!(at(4), at(5), "{shape}");
        assert!((0..50).flat_map(at).all(|value| (0.0..=1.0).contains(&value)), "{shape}");
    }
}

#[test]
fn whole_shifts_and_flips_move_pixels_and_change_none() {
    let shape = ImageShape::new(5, 8, 3);
    let pixels = |image: &[f32]| -> Vec<[u32; 3]> {
        image.chunks(3).map(|pixel| [0, 1, 2].map(|channel| pixel[channel].to_bits())).collect()
    };
    let known = pixels(&images(shape));
    for epoch in 0..40 {
        let spec = AugmentSpec { flip: Some(Flip::Both), shift: Some(0.5), ..AugmentSpec::default() };
        assert!(pixels(&of(spec, epoch, shape)).iter().all(|pixel| known.contains(pixel)));
    }
    // Both ways of a flip alone occur, and each of four of two.
    for (flip, ways) in [(Flip::Horizontal, 2), (Flip::Vertical, 2), (Flip::Both, 4)] {
        let spec = AugmentSpec { flip: Some(flip), ..AugmentSpec::default() };
        let mut found: Vec<_> = (0..60).map(|epoch| pixels(&of(spec, epoch, shape))).collect();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), ways, "{flip:?}");
    }
}

/// A slope is turned and cut into another slope, of the same steepness but for the size of the part; the pixels of a
/// rotation lie where a rotation's matrix says.
#[test]
fn places_between_pixels_are_those_of_an_affine_map() {
    let shape = ImageShape::new(41, 41, 1);
    let slope: Vec<f32> =
        (0..41 * 41).map(|i| 0.2 + 0.01 * (i / 41) as f32 + 0.002 * (i % 41) as f32).collect();
    for (crop, rotate) in [(Some(0.5), None), (None, Some(90.0)), (Some(0.7), Some(20.0))] {
        let spec = AugmentSpec { crop, rotate, ..AugmentSpec::default() };
        let augmentation = Augmentation::new(&spec, 9).unwrap();
        for epoch in 0..20 {
            let mut out = vec![0.0; slope.len()];
            augmentation.apply(epoch, 0, shape, &slope, &mut out);
            let steps = [out[20 * 41 + 21] - out[20 * 41 + 20], out[21 * 41 + 20] - out[20 * 41 + 20]];
            let steepness = steps[0].hypot(steps[1]) / 0.01f32.hypot(0.002);
            let most = crop.unwrap_or(1.0);
            assert!((most - 2e-3..1.0 + 2e-3).contains(&steepness), "{spec:?}: {steepness}");
        }
    }
}

#[test]
fn colours_change_as_they_are_said_to() {
    let shape = ImageShape::new(5, 8, 3);
    let (image, mean) = (images(shape), |image: &[f32]| image.iter().sum::<f32>() / image.len() as f32);
    let grey = |pixel: &[f32]| 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
    let spread = |image: &[f32]| image.iter().map(|value| (value - mean(image)).abs()).sum::<f32>();
    for epoch in 0..30 {
        // Values in the middle, of which none is clipped.
        let middle: Vec<f32> = image.iter().map(|value| 0.4 + 0.2 * value).collect();
        let of = |spec: AugmentSpec| {
            let mut out = vec![0.0; image.len()];
            Augmentation::new(&spec, 3).unwrap().apply(epoch, 5, shape, &middle, &mut out);
            out
        };
        let none = AugmentSpec::default();
        let brighter = of(AugmentSpec { brightness: Some(0.1), ..none });
        let by = mean(&brighter) - mean(&middle);
        assert!(by.abs() <= 0.1 && brighter.iter().zip(&middle).all(|(a, b)| (a - b - by).abs() < 1e-6));
        let contrast = of(AugmentSpec { contrast: Some(0.4), ..none });
        assert!((mean(&contrast) - mean(&middle)).abs() < 1e-6);
        assert!((0.6..=1.4).contains(&(spread(&contrast) / spread(&middle))));
        for coloured in
            [AugmentSpec { saturation: Some(0.5), ..none }, AugmentSpec { hue: Some(0.5), ..none }]
        {
            let coloured = of(coloured);
            let pairs = coloured.chunks(3).zip(middle.chunks(3));
            assert!(pairs.into_iter().all(|(a, b)| (grey(a) - grey(b)).abs() < 2e-3), "greys stay");
            assert_ne!(coloured, middle);
        }
        assert_eq!(of(none), middle);
    }
}

#[test]
fn what_is_cut_out_is_a_rectangle_of_its_size_anywhere() {
    for shape in SHAPES {
        let augmentation =
            Augmentation::new(&AugmentSpec { cut_out: Some(0.4), ..AugmentSpec::default() }, 1).unwrap();
        let mut touched = vec![false; shape.values()];
        for epoch in 0..400 {
            let mut input = vec![0.9; shape.values()];
            augmentation.cut_out(epoch, 2, shape, &mut input);
            let side = |side: usize| ((0.4 * side as f32).round() as usize).max(1);
            let hole = side(shape.height) * side(shape.width) * shape.channels;
            assert_eq!(input.iter().filter(|value| **value == 0.5).count(), hole, "{shape}");
            touched.iter_mut().zip(&input).for_each(|(touched, value)| *touched |= *value == 0.5);
        }
        assert!(touched.iter().all(|touched| *touched), "{shape}");
    }
}

#[test]
fn numbers_out_of_range_and_colours_that_are_not_there_are_refused() {
    let message = |text: &str| {
        let spec: AugmentSpec = toml::from_str(text).unwrap();
        spec.check().unwrap_err().to_string()
    };
    assert!(message("shift = 0.6").contains("augment.shift = 0.6: must be above 0 and at most 0.5"));
    assert!(message("rotate = nan").contains("augment.rotate = NaN"));
    assert!(message("crop = 1.0").contains("augment.crop = 1: must be at least 0.2 and below 1"));
    let spec: AugmentSpec = toml::from_str("hue = 0.1").unwrap();
    let refused = spec.check_for(ImageShape::new(9, 9, 1)).unwrap_err().to_string();
    assert!(
        refused.contains("augment.hue = 0.1: is for images of three channels, and these have 1"),
        "{refused}"
    );
    assert!(spec.check_for(ImageShape::new(9, 9, 3)).is_ok());
}
