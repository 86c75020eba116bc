//! A batch is its images one by one, and a step its passes.

use super::*;

#[test]
fn a_batch_equals_its_images_one_by_one() {
    fn check<T: Real>(subject: &Subject, images: usize, isa: Isa, tolerance: f64) {
        let (x, noise) = batch::<T>(subject, images);
        let (n, d) = (subject.network.input.len(), noise.len() / images);
        let mut whole = executor::<T>(subject, images, 2, isa);
        let mut single = executor::<T>(subject, 1, 1, isa);
        let terms = whole.differentiate(&Images(&x), images, given(&noise), DRAW);
        let code = whole.code_shape().len();
        let mut gradient = vec![0.0; whole.gradient().len()];
        let mut total = 0.0;
        let (mut codes, mut outputs) = (vec![T::ZERO; images * code], vec![T::ZERO; images * n]);
        let (mut one_code, mut one_output) = (vec![T::ZERO; code], vec![T::ZERO; n]);
        whole.encode(&Images(&x), images, &mut codes, None);
        let batch_gradient = whole.gradient();
        whole.reconstruct(&Images(&x), images, given(&of_first(subject, &noise)), &mut outputs);
        for image in 0..images {
            let x = &x[image * n..(image + 1) * n];
            let noise = &noise[image * d..(image + 1) * d];
            total += single.differentiate(&Images(x), 1, given(noise), DRAW).total();
            for (sum, g) in gradient.iter_mut().zip(single.gradient()) {
                *sum += g.to_f64();
            }
            single.encode(&Images(x), 1, &mut one_code, None);
            single.reconstruct(&Images(x), 1, given(&of_first(subject, noise)), &mut one_output);
            assert!(one_code == codes[image * code..(image + 1) * code], "{}: code {image}", subject.name);
            assert!(one_output == outputs[image * n..(image + 1) * n], "{}: output {image}", subject.name);
        }
        let scale = gradient.iter().fold(1e-3f64, |m, g| m.max(g.abs() / images as f64));
        for (i, (sum, g)) in gradient.iter().zip(&batch_gradient).enumerate() {
            let error = (sum / images as f64 - g.to_f64()).abs() / scale;
            assert!(error <= tolerance, "{} on {isa}: gradient[{i}]: {error:e}", subject.name);
        }
        let error = (total / images as f64 - terms.total()).abs() / terms.total().abs().max(1.0);
        assert!(error <= tolerance, "{} on {isa}: total: {error:e}", subject.name);
    }
    // More pixels than are copied at once.
    let many = [(large_dense(), 150)];
    let alone = all_subjects().into_iter().filter(|subject| !graphs::depends_on_batch(&subject.network));
    for (subject, images) in alone.map(|subject| (subject, 37)).chain(many) {
        check::<f64>(&subject, images, Isa::Plain, 1e-12);
        for isa in Isa::available() {
            check::<f32>(&subject, images, isa, 2e-5);
        }
    }
}
