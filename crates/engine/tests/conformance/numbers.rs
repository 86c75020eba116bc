//! What stays visible, what is counted, how near tiles come.

use super::*;

#[test]
fn not_a_number_stays_visible() {
    for isa in Isa::available() {
        let subject = &subjects()[0];
        let mut executor = executor::<f32>(subject, 2, 1, isa);
        let mut parameters = executor.parameters();
        parameters[5] = f32::NAN;
        assert!(executor.set_parameters(&parameters));
        let (x, noise) = batch::<f32>(subject, 2);
        assert!(executor.evaluate(&Images(&x), 2, given(&noise)).total().is_nan(), "{isa}");
    }
}

#[test]
fn operations_are_counted_as_the_products_of_the_layers() {
    let dense = json!([{ "layer": "flatten" }, { "layer": "dense", "units": 300 }]);
    let decoder = json!([{ "layer": "dense", "units": 300 }, { "layer": "dense", "units": 784 }]);
    let latent = json!({ "kind": "gaussian", "size": 10 });
    let subject = subject("mlp", json!([28, 28, 1]), dense, latent, decoder, json!({ "reconstruction": {} }));
    let executor = executor::<f32>(&subject, 1, 1, Isa::Plain);
    let (first, heads, rest) = (784.0 * 300.0, 2.0 * 300.0 * 10.0, 10.0 * 300.0 + 300.0 * 784.0);
    assert_eq!(executor.training_flops(), 2.0 * (2.0 * first + 3.0 * heads + 3.0 * rest));
    assert_eq!(executor.inference_flops(), (2.0 * (first + heads), 2.0 * rest));
}

/// The stated bound of Winograd's tiles in f32: three layers deep, each summing 64 channels over 3 × 3 or 5 × 5
/// taps, outputs and gradients stay within 1e-5 of their largest value. With stride 2, tiles of four outputs and of
/// seven along rows for 3 × 3 taps, and square ones, whole and cut. Plans are for batches with enough pixels for tiles.
#[test]
fn winograd_tiles_stay_near_the_reference() {
    const PLANNED: usize = 64;
    for (kernel, stride, size) in
        [(3, 1, 14), (5, 1, 14), (3, 2, 16), (3, 2, 28), (3, 2, 32), (3, 2, 38), (5, 2, 28)]
    {
        let conv = |kind: &str, stride: usize| json!({ "layer": kind, "filters": 64, "kernel": kernel, "stride": stride, "padding": "same" });
        let subject = subject(
            &format!("{kernel} × {kernel}, stride {stride}, {size} pixels"),
            json!([size, size, 64]),
            json!([conv("conv2d", stride), conv("conv2d_transpose", stride)]),
            json!({ "kind": "deterministic" }),
            json!([conv("conv2d", 1)]),
            json!({ "reconstruction": { "loss": "squared_error", "reduction": "mean" } }),
        );
        let (x, _) = batch::<f64>(&subject, 2);
        let mut reference = reference(&subject, PLANNED);
        let mut output = vec![0.0; x.len()];
        reference.reconstruct(&Images(&x), 2, Noise::Mean, &mut output);
        reference.differentiate(&Images(&x), 2, Noise::Mean, DRAW);
        for isa in Isa::available() {
            let (x, _) = batch::<f32>(&subject, 2);
            let mut fast = executor::<f32>(&subject, PLANNED, 1, isa);
            let mut fast_output = vec![0.0; x.len()];
            fast.reconstruct(&Images(&x), 2, Noise::Mean, &mut fast_output);
            fast.differentiate(&Images(&x), 2, Noise::Mean, DRAW);
            for (what, got, want) in
                [("output", &fast_output, &output), ("gradient", &fast.gradient(), &reference.gradient())]
            {
                let scale = want.iter().fold(0.0f64, |m, v| m.max(v.abs()));
                let error = std::iter::zip(got, want)
                    .fold(0.0f64, |m, (g, w)| m.max((f64::from(*g) - w).abs()))
                    / scale;
                assert!(error <= 1e-5, "{} {what} on {isa}: {error:e}", subject.name);
            }
        }
    }
}
