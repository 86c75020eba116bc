//! The decoder's last bias as it starts from the data.

mod small;

use data::Dataset;
use network::ParameterView;
use small::{threads, trainer};

/// A training's first weights, where they lie, what becomes of an image where the kernel of the decoder's last layer is 0,
/// and the training images.
fn begun(overrides: &[&str], last: usize) -> (Vec<f32>, Vec<ParameterView>, Vec<f32>, Dataset) {
    let (trainer, splits) = trainer(overrides, threads(1));
    let mut model = trainer.into_model();
    let device = model.device();
    let (first, views) = (device.parameters(), device.views().to_vec());
    let mut without_kernel = first.clone();
    let kernel = views.iter().find(|view| view.name == format!("decoder.{last}.kernel")).unwrap();
    without_kernel[kernel.range.clone()].fill(0.0);
    assert!(device.set_parameters(&without_kernel));
    let mut image = vec![0.0; splits.train.shape().values()];
    splits.train.image(0, &mut image);
    (first, views, model.reconstruct(&image).unwrap(), splits.train)
}

/// The mean of the images, each pixel made what `of` gives.
fn mean_image(set: &Dataset, of: impl Fn(f32) -> f32) -> Vec<f64> {
    let mut image = vec![0.0; set.shape().values()];
    let mut mean = vec![0.0; image.len()];
    for index in 0..set.len() {
        set.image(index, &mut image);
        mean.iter_mut()
            .zip(&image)
            .for_each(|(mean, value)| *mean += f64::from(of(*value)) / set.len() as f64);
    }
    mean
}

fn assert_close(what: &str, found: &[f32], expected: impl IntoIterator<Item = f64>) {
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((f64::from(*found) - expected).abs() < 1e-6, "{what}: [{i}] {found}, expected {expected}");
    }
}

const DATA_MEAN: &str = "model.output_bias=data_mean";
const SQUARED: &str = "objective.reconstruction.loss=squared_error";

#[test]
fn the_first_reconstruction_is_the_mean_image() {
    let (_, _, found, train) = begun(&[DATA_MEAN], 1);
    let mean = mean_image(&train, |value| value);
    // Some pixels are black in all images, and the logit of 0 is not finite.
    assert!(mean.contains(&0.0) && mean.iter().any(|value| *value > 0.1));
    assert_close("bce", &found, mean.iter().map(|value| value.clamp(1e-3, 1.0 - 1e-3)));

    let (_, _, found, _) = begun(&[DATA_MEAN, SQUARED], 1);
    assert_close("squared error", &found, mean);

    for binarise in ["threshold", "stochastic"] {
        let (_, _, found, _) = begun(&[DATA_MEAN, &format!("data.input.binarise={binarise}")], 1);
        let is_threshold = binarise == "threshold";
        let mean = mean_image(&train, |v| if is_threshold { f32::from(u8::from(v > 0.5)) } else { v });
        assert_close(binarise, &found, mean.iter().map(|value| value.clamp(1e-3, 1.0 - 1e-3)));
    }
}

#[test]
fn a_convolution_starts_at_the_mean_of_its_channels() {
    let decoder = "model.decoder=[{ layer = \"dense\", units = 256 }, { layer = \"reshape\", shape = [16, 16, 1] }, \
                   { layer = \"conv2d\", filters = 1, kernel = 3, padding = \"same\", activation = \"sigmoid\" }]";
    let (_, _, found, train) = begun(&[DATA_MEAN, SQUARED, decoder], 2);
    let mean = mean_image(&train, |value| value);
    let channel = mean.iter().sum::<f64>() / mean.len() as f64;
    assert_close("sigmoid", &found, vec![channel; 256]);
    // Two channels, which a reshape makes one image of.
    let decoder = "model.decoder=[{ layer = \"dense\", units = 128 }, { layer = \"reshape\", shape = [8, 16, 1] }, \
                   { layer = \"conv2d\", filters = 2, kernel = 1 }, { layer = \"reshape\", shape = [16, 16, 1] }]";
    let (_, _, found, _) = begun(&[DATA_MEAN, SQUARED, decoder], 2);
    let channel = |c: usize| mean.iter().skip(c).step_by(2).sum::<f64>() / 128.0;
    assert_close("two channels", &found, [channel(0), channel(1)].repeat(128));
}

#[test]
fn all_other_weights_start_as_without_it() {
    let (with, views, _, _) = begun(&[DATA_MEAN], 1);
    let (without, _, _, _) = begun(&[], 1);
    let changed: Vec<&str> = views
        .iter()
        .filter(|view| with[view.range.clone()] != without[view.range.clone()])
        .map(|view| view.name.as_str())
        .collect();
    assert_eq!(changed, ["decoder.1.bias"]);
}
