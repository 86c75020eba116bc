//! Any number of images through a model, and the same answers whatever the batch and the threads.

mod nets;

use model::{Autoencoder, ModelError, PosteriorDraw, weights};
use network::{Images, Noise, Term};

fn model(variational: bool, batch: usize, threads: usize) -> Autoencoder {
    Autoencoder::from(nets::device(&nets::tiny(variational), batch, threads, 5))
}

fn images(n: usize) -> Vec<f32> {
    (0..n * 16).map(|i| (i * 37 % 101) as f32 / 100.0).collect()
}

fn close(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5)
}

#[test]
fn batches_and_threads_do_not_change_the_answer() {
    for variational in [true, false] {
        let images = images(23);
        let mut whole = model(variational, 23, 1);
        let embedding = whole.encode(&images).unwrap();
        assert_eq!((embedding.len(), embedding.dims()), (23, 3));
        assert_eq!(embedding.log_var.is_some(), variational);
        let decoded = whole.decode(&embedding.mean).unwrap();
        assert!(close(&whole.reconstruct(&images).unwrap(), &decoded));
        for (batch, threads) in [(1, 1), (7, 2), (100, 3)] {
            let mut other = model(variational, batch, threads);
            let again = other.encode(&images).unwrap();
            assert!(close(&again.mean, &embedding.mean), "batch {batch}");
            assert_eq!(again.log_var.is_some(), variational);
            assert!(close(&other.decode(&embedding.mean).unwrap(), &decoded), "batch {batch}");
            assert!(close(&other.reconstruct(&images).unwrap(), &decoded), "batch {batch}");
        }
        for (i, image) in images.chunks(16).enumerate() {
            assert!(close(&whole.encode(image).unwrap().mean, &embedding.mean[i * 3..][..3]), "image {i}");
        }
    }
}

#[test]
fn decoded_images_are_probabilities() {
    let mut model = model(true, 4, 1);
    let far: Vec<f32> = (0..30).map(|i| (i as f32 - 15.0) * 100.0).collect();
    assert!(model.decode(&far).unwrap().iter().all(|v| (0.0..=1.0).contains(v)));
}

#[test]
fn samples_follow_the_posterior_and_repeat() {
    let mut model = model(true, 8, 1);
    let embedding = model.encode(&images(2).repeat(4000)).unwrap();
    let z = embedding.sample(1);
    assert_eq!(z, embedding.sample(1));
    assert_ne!(z, embedding.sample(2));
    let log_var = embedding.log_var.as_ref().unwrap();
    for dim in 0..6 {
        let draws: Vec<f64> = z.chunks(6).map(|z| f64::from(z[dim])).collect();
        let mean = draws.iter().sum::<f64>() / 4000.0;
        let variance = draws.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 4000.0;
        let deviation = f64::from(log_var[dim]).exp().sqrt();
        assert!((mean - f64::from(embedding.mean[dim])).abs() < 0.08 * deviation);
        assert!((variance.sqrt() / deviation - 1.0).abs() < 0.06);
    }
}

#[test]
fn generating_repeats_and_a_deterministic_latent_has_no_prior() {
    let mut vae = model(true, 4, 2);
    let first = vae.generate(10, 3).unwrap();
    assert_eq!(first.len(), 160);
    assert_eq!(first, vae.generate(10, 3).unwrap());
    assert_ne!(first, vae.generate(10, 4).unwrap());
    assert!(close(&first[..32], &vae.generate(2, 3).unwrap()));

    let mut ae = model(false, 4, 1);
    assert!(matches!(ae.generate(1, 0), Err(ModelError::NoPrior)));
    let codes = ae.random_codes(5, 0);
    assert_eq!(ae.decode(&codes).unwrap().len(), 80);
}

#[test]
fn a_part_of_an_image_is_refused() {
    let mut model = model(true, 4, 1);
    let message = model.encode(&[0.0; 30]).unwrap_err().to_string();
    assert_eq!(message, "30 values are no whole number of images of 4 × 4 × 1 = 16 values");
    let message = model.decode(&[0.0; 4]).unwrap_err().to_string();
    assert_eq!(message, "4 values are no whole number of codes of 3 = 3 values");
    assert!(model.encode(&[]).unwrap().is_empty());
    assert!(model.generate(0, 0).unwrap().is_empty());
}

#[test]
fn a_model_goes_through_a_file() {
    let mut model = model(true, 4, 1);
    let read = weights::from_bytes(&model.to_safetensors().unwrap()).unwrap();
    let mut again = Autoencoder::new(nets::device(&read.network, 9, 2, 0), &read.parameters).unwrap();
    assert_eq!(again.network(), model.network());
    assert!(close(&again.generate(20, 1).unwrap(), &model.generate(20, 1).unwrap()));
    let message =
        Autoencoder::new(nets::device(model.network(), 9, 2, 0), &[0.0; 3]).err().unwrap().to_string();
    assert!(message.starts_with("3 parameters, but the network has"), "{message}");
}

#[test]
fn losses_of_images_average_to_the_terms() {
    for variational in [true, false] {
        let images = images(23);
        let mut whole = model(variational, 23, 1);
        let source = Images(&images);
        let terms = whole.device().evaluate(&source, 23, Noise::Mean);
        let mut parts = model(variational, 7, 2);
        let losses = parts.image_losses(&source, 23);
        assert_eq!(losses.len(), 23);
        let mean = |of: fn(&model::ImageLoss) -> f64| losses.iter().map(of).sum::<f64>() / 23.0;
        // The network's objective sums over pixels with weight 1, so the terms are what is asked for.
        assert!((mean(|loss| loss.reconstruction) - terms[Term::Reconstruction]).abs() < 1e-5);
        assert!((mean(|loss| loss.kl) - terms[Term::KlNats]).abs() < 1e-6);
        assert_eq!(losses.iter().all(|loss| loss.kl == 0.0), !variational);
    }
}

#[test]
fn log_weights_are_what_the_densities_say() {
    let images = images(11);
    let source = Images(&images);
    let mut model = model(true, 4, 2);
    let embedding = model.encode(&images).unwrap();
    let log_var = embedding.log_var.clone().unwrap();
    let draw = PosteriorDraw { seed: 3, sample: 5, first: 0 };
    let weights = model.log_weights(&source, &embedding, draw).unwrap();
    assert_eq!(weights, model.log_weights(&source, &embedding, draw).unwrap());
    assert_ne!(weights, model.log_weights(&source, &embedding, PosteriorDraw { sample: 6, ..draw }).unwrap());
    // The images from the fifth on, by themselves.
    let rest = model.encode(&images[4 * 16..]).unwrap();
    let later = PosteriorDraw { first: 4, ..draw };
    assert_eq!(weights[4..], model.log_weights(&Images(&images[4 * 16..]), &rest, later).unwrap());
    let stream = random::Stream::new(3, "importance samples");
    for (i, image) in images.chunks(16).enumerate() {
        let mut epsilon = [0.0f32; 3];
        stream.normals(5, i as u32, &mut epsilon);
        let normal = |x: f64, mean: f64, variance: f64| {
            -0.5 * ((x - mean).powi(2) / variance + variance.ln() + std::f64::consts::TAU.ln())
        };
        let mut expected = 0.0;
        let mut code = [0.0f32; 3];
        for j in 0..3 {
            let (mean, log_var) = (embedding.mean[i * 3 + j], log_var[i * 3 + j]);
            code[j] = mean + (0.5 * log_var).exp() * epsilon[j];
            let z = f64::from(code[j]);
            expected += normal(z, 0.0, 1.0) - normal(z, f64::from(mean), f64::from(log_var).exp());
        }
        for (p, x) in model.decode(&code).unwrap().iter().zip(image) {
            let (p, x) = (f64::from(*p), f64::from(*x));
            expected += x * p.ln() + (1.0 - x) * (1.0 - p).ln();
        }
        assert!((weights[i] - expected).abs() < 1e-4, "image {i}: {} for {expected}", weights[i]);
    }
    let mut plain = Autoencoder::from(nets::device(&nets::tiny(false), 4, 1, 5));
    let embedding = plain.encode(&images).unwrap();
    assert!(matches!(
        plain.log_weights(&source, &embedding, PosteriorDraw::default()),
        Err(ModelError::NoPrior)
    ));
}
