//! Each kind of noise beside its definition, and beside SciPy and Pillow.

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Cases {
    blur: Vec<Blurred>,
    jpeg: Vec<Compressed>,
}

#[derive(Deserialize)]
struct Blurred {
    deviation: f32,
    values: Vec<f32>,
}

#[derive(Deserialize)]
struct Compressed {
    quality: u8,
    squared_error: f64,
}

fn cases() -> Cases {
    toml::from_str(include_str!("cases.toml")).unwrap()
}

fn applied(text: &str, shape: ImageShape, image: &[f32]) -> Vec<f32> {
    let mut image = image.to_vec();
    NoiseStreams::new(7).apply(&text.parse().unwrap(), (3, 5), shape, true, &mut image);
    image
}

/// Mean and variance.
fn moments(values: impl Iterator<Item = f32> + Clone) -> (f64, f64) {
    let n = values.clone().count() as f64;
    let mean = values.clone().map(f64::from).sum::<f64>() / n;
    (mean, values.map(|value| (f64::from(value) - mean).powi(2)).sum::<f64>() / n)
}

const PLANE: ImageShape = ImageShape::new(300, 400, 1);

#[test]
fn blur_is_that_of_scipy() {
    let shape = ImageShape::new(7, 5, 3);
    let image: Vec<f32> = (0..shape.values()).map(|at| (at * 37 % 101) as f32 / 100.0).collect();
    for Blurred { deviation, values } in cases().blur {
        let made = applied(&format!("blur:{deviation}"), shape, &image);
        for (at, (made, expected)) in made.iter().zip(&values).enumerate() {
            assert!((made - expected).abs() < 1e-6, "{deviation}, {at}: {made}, not {expected}");
        }
    }
}

#[test]
fn a_jpeg_loses_what_pillow_loses() {
    let shape = ImageShape::new(16, 16, 3);
    let value = |at: usize| {
        let (row, column) = (16 * (at / 48), 16 * (at / 3 % 16));
        [row, column, (row + column) / 2 % 256][at % 3] as f32 / 255.0
    };
    let image: Vec<f32> = (0..shape.values()).map(value).collect();
    for Compressed { quality, squared_error } in cases().jpeg {
        let made = applied(&format!("jpeg:{quality}"), shape, &image);
        let errors = made.iter().zip(&image).map(|(a, b)| f64::from(a - b).powi(2));
        let error = errors.sum::<f64>() / image.len() as f64;
        // Both scale the same tables; how transforms round is their own.
        assert!((error / squared_error - 1.0).abs() < 0.1, "{quality}: {error}, not {squared_error}");
    }
    for channels in [1, 2, 4] {
        let shape = ImageShape::new(9, 13, channels);
        let image: Vec<f32> = (0..shape.values()).map(|at| (at / channels) as f32 / 117.0).collect();
        let made = applied("jpeg:95", shape, &image);
        assert!(made.iter().zip(&image).all(|(a, b)| (a - b).abs() < 0.05), "{channels}");
    }
}

#[test]
fn photons_have_mean_and_variance_of_their_number() {
    for (photons, value) in [(30.0, 0.1f32), (30.0, 0.6), (200.0, 0.2), (5_000.0, 0.5)] {
        let made = applied(&format!("poisson:{photons}"), PLANE, &vec![value; PLANE.values()]);
        let (mean, variance) = moments(made.iter().copied());
        let expected = f64::from(value) / photons;
        let n = PLANE.values() as f64;
        assert!((mean - f64::from(value)).abs() < 4.0 * (expected / n).sqrt(), "{photons}, {value}: {mean}");
        assert!((variance / expected - 1.0).abs() < 0.02, "{photons}, {value}: {variance}");
        assert!(made.iter().all(|made| (0.0..=1.0).contains(made)));
    }
    assert!(applied("poisson:30", PLANE, &vec![0.0; PLANE.values()]).iter().all(|value| *value == 0.0));
}

#[test]
fn pixels_fail_in_all_channels_half_of_them_black() {
    let shape = ImageShape::new(300, 400, 3);
    let made = applied("salt:0.1", shape, &vec![0.4; shape.values()]);
    let share = |wanted: f32| {
        let pixels = made.chunks_exact(3).filter(|pixel| pixel.iter().all(|value| *value == wanted));
        pixels.count() as f64 / 120_000.0
    };
    // Four standard deviations of a share of 0.05 among 120,000.
    assert!((share(0.0) - 0.05).abs() < 0.0025 && (share(1.0) - 0.05).abs() < 0.0025);
    assert!((share(0.0) + share(1.0) + share(0.4) - 1.0).abs() < 1e-9);
}

#[test]
fn kinds_come_as_in_a_camera_however_they_are_written() {
    let image: Vec<f32> = (0..PLANE.values()).map(|at| (at % 97) as f32 / 96.0).collect();
    let all = "jpeg:40,salt:0.02,gaussian:0.1,poisson:30,blur:1.5";
    let turned = "blur:1.5,poisson:30,gaussian:0.1,salt:0.02,jpeg:40";
    assert_eq!(applied(all, PLANE, &image), applied(turned, PLANE, &image));
    let one_by_one = turned.split(',').fold(image.clone(), |image, kind| applied(kind, PLANE, &image));
    // Between photons and electronics nothing is cut off.
    let differ = applied(all, PLANE, &image).iter().zip(&one_by_one).filter(|(a, b)| a != b).count();
    assert!(differ < PLANE.values() / 4, "{differ}");
    let (_, variance) =
        moments(applied("poisson:50,gaussian:0.1", PLANE, &vec![0.4; PLANE.values()]).into_iter());
    assert!((variance / (0.4 / 50.0 + 0.01) - 1.0).abs() < 0.02, "{variance}");
}

#[test]
fn noise_is_a_pure_function_of_seed_step_and_image() {
    let noise: Noise = "poisson:20,gaussian:0.1,salt:0.1".parse().unwrap();
    let shape = ImageShape::new(8, 8, 3);
    let made = |seed, step, sample| {
        let mut image = vec![0.5; shape.values()];
        NoiseStreams::new(seed).apply(&noise, (step, sample), shape, true, &mut image);
        image
    };
    assert_eq!(made(1, 2, 3), made(1, 2, 3));
    assert!([made(2, 2, 3), made(1, 3, 3), made(1, 2, 4)].iter().all(|other| *other != made(1, 2, 3)));
}

#[test]
fn noise_is_written_as_it_is_read() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Holder {
        noise: Noise,
    }
    for (toml, text) in [
        ("noise = 0.5", "gaussian:0.5"),
        ("noise = { gaussian = 0.5 }", "0.5"),
        ("noise = { blur = 1.5, jpeg = 30 }", "jpeg:30, blur=1.5"),
        ("noise = { poisson = 30, salt = 0.05 }", "poisson:30,salt:0.05"),
    ] {
        let held: Holder = toml::from_str(toml).unwrap();
        assert_eq!(held.noise, text.parse().unwrap());
        assert_eq!(held.noise, held.noise.to_string().parse().unwrap());
        assert_eq!(toml::from_str::<Holder>(&toml::to_string(&held).unwrap()).unwrap(), held);
    }
    assert_eq!(toml::to_string(&Holder { noise: Noise::gaussian(0.5) }).unwrap(), "noise = 0.5\n");
    for (text, part) in [
        ("", "no number"),
        ("gauss:0.1", "no kind"),
        ("jpeg:0", "between 1 and 100"),
        ("jpeg:30.5", "no whole number"),
        ("0.1,gaussian:0.2", "given twice"),
        ("salt:1.5", "at most 1"),
        ("blur:nan", "above 0"),
        ("poisson:-1", "above 0"),
    ] {
        let message = text.parse::<Noise>().unwrap_err();
        assert!(message.contains(part), "{text}: {message}");
    }
}
