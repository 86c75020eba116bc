//! The same bits on any number of threads, with clipping far away, and without zeros.

use super::*;

/// `images` to a batch, and now and then a short one, as at the end of an epoch.
fn bits_after_steps(
    subject: &Subject,
    images: usize,
    threads: usize,
    isa: Isa,
    clip_norm: Option<f64>,
) -> Vec<u32> {
    let mut executor = executor::<f32>(subject, images, threads, isa);
    executor.set_optimizer(Optimizer::default());
    let (x, _) = batch::<f32>(subject, images);
    for step in 0..16 {
        let settings = StepSettings {
            noise: Noise::Drawn { stream: Stream::new(1, "posterior"), step },
            draw: Draw { seed: 1, step },
            learning_rate: 1e-3,
            kl_factor: 1.0,
            clip_norm,
        };
        executor.step(&Images(&x), if step % 7 == 6 { images / 2 + 1 } else { images }, settings);
    }
    executor.parameters().iter().map(|p| p.to_bits()).collect()
}

#[test]
fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() {
    for (subject, images) in subjects().iter().flat_map(|subject| [(subject, 24), (subject, 6)]) {
        for isa in Isa::available() {
            let one = bits_after_steps(subject, images, 1, isa, None);
            for threads in [2, 3] {
                let more = bits_after_steps(subject, images, threads, isa, None);
                assert!(one == more, "{} × {images} on {isa} with {threads} threads", subject.name);
            }
        }
    }
    for subject in graphs::examples().into_iter().chain((0..DRAWN).map(graphs::drawn)) {
        let [one, more] = [1, 3].map(|threads| bits_after_steps(&subject, 13, threads, Isa::best(), None));
        assert!(one == more, "{} with 3 threads", subject.name);
        assert!(one.iter().all(|bits| f32::from_bits(*bits).is_finite()), "{}", subject.name);
    }
}

/// With clipping, gradients come whole before any update; without, an update follows each part of them.
#[test]
fn clipping_far_away_changes_nothing_and_near_changes_much() {
    for (subject, images) in subjects().iter().flat_map(|subject| [(subject, 24), (subject, 6)]) {
        let free = bits_after_steps(subject, images, 2, Isa::best(), None);
        let far = bits_after_steps(subject, images, 2, Isa::best(), Some(1e9));
        assert!(free == far, "{} × {images}", subject.name);
        let near = bits_after_steps(subject, images, 3, Isa::best(), Some(1e-3));
        assert!(free != near, "{} × {images}", subject.name);
    }
}

/// A layer that reads images leaves out their zeros. Where these hold 1e-30 instead it multiplies them all, and
/// adds nothing that an f32 near 1 could hold.
#[test]
fn leaving_out_zeros_changes_nothing() {
    let flat = json!({ "layer": "flatten" });
    zeros_change_nothing([13, 11], json!([flat, { "layer": "dense", "units": 37, "activation": "relu" }]));
    // A kernel whose gradient is formed from copies.
    zeros_change_nothing([17, 16], json!([flat, { "layer": "dense", "units": 70, "activation": "relu" }]));
    // As many parts of a panel as there can be.
    zeros_change_nothing([70, 60], json!([flat, { "layer": "dense", "units": 70, "activation": "relu" }]));
    // One pixel of output, whose window does not lie side by side in the image.
    let window =
        json!({ "layer": "conv2d", "filters": 37, "kernel": [9, 7], "stride": 5, "padding": "valid" });
    zeros_change_nothing([13, 11], json!([window, flat]));
}

fn zeros_change_nothing([rows, columns]: [usize; 2], encoder: serde_json::Value) {
    const IMAGES: usize = 37;
    let subject = subject(
        "images of few strokes",
        json!([rows, columns, 1]),
        encoder,
        json!({ "kind": "deterministic" }),
        json!([{ "layer": "dense", "units": rows * columns }]),
        json!({ "reconstruction": {} }),
    );
    let n = subject.network.input.len();
    let (mut x, mut strokes) = (vec![0.0f32; IMAGES * n], vec![0.0f32; IMAGES * n]);
    Stream::new(5, "images").uniforms(0, 0, &mut x);
    Stream::new(6, "strokes").uniforms(0, 0, &mut strokes);
    for isa in Isa::available() {
        for inked in [0.0, 0.05, 0.3, 0.45, 0.95] {
            let drawn = |background: f32| -> Vec<f32> {
                x.iter()
                    .zip(&strokes)
                    .map(|(x, s)| if *s < inked { 0.5 + x / 2.0 } else { background })
                    .collect()
            };
            let run = |x: Vec<f32>| {
                let mut executor = executor::<f32>(&subject, IMAGES, 2, isa);
                let mut output = vec![0.0; x.len()];
                executor.reconstruct(&Images(&x), IMAGES, Noise::Mean, &mut output);
                executor.differentiate(&Images(&x), IMAGES, Noise::Mean, DRAW);
                (output, executor.gradient())
            };
            let ((left_out, gradient), (all, full_gradient)) = (run(drawn(0.0)), run(drawn(1e-30)));
            assert!(left_out == all, "output on {isa}, {inked} inked");
            for (a, b) in gradient.iter().zip(&full_gradient) {
                assert!((a - b).abs() <= 1e-28, "gradient on {isa}, {inked} inked: {a} but {b}");
            }
        }
    }
}
