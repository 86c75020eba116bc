//! `clusters` and `evaluate --full`: what is measured, against what can be counted by hand.

use std::fs;

use serde_json::Value;

use crate::harness::{Place, TINY, png_size, trained, write_images, write_plain_recipe};

/// Rows of one number with a label, as CSV.
fn write_line(place: &Place, name: &str, points: &[(f64, &str)]) {
    let rows: Vec<String> = points.iter().map(|(x, label)| format!("{x},{label}")).collect();
    fs::write(place.path(name), format!("x,label\n{}\n", rows.join("\n"))).unwrap();
}

#[test]
fn silhouettes_of_a_table_are_the_published_ones() {
    let place = Place::new();
    // The example of the definition: silhouettes 0, ½, ½, 0, 1, 1.
    write_line(&place, "six.csv", &[(0.0, "a"), (1.0, "b"), (1.0, "b"), (2.0, "b"), (3.0, "c"), (3.0, "c")]);
    let found = place.json(&["clusters", "six.csv", "--train", "six.csv", "--neighbours", "1"]);
    assert_eq!(found["silhouette"], 0.5);
    assert_eq!(found["knn_accuracy"], 1.0);
    assert_eq!(found["points"], 6);
    let classes = found["classes"].as_array().unwrap();
    let silhouettes: Vec<f64> = classes.iter().map(|class| class["silhouette"].as_f64().unwrap()).collect();
    assert_eq!(classes[1]["class"], "b");
    for (silhouette, expected) in silhouettes.iter().zip([0.0, 1.0 / 3.0, 1.0]) {
        assert!((silhouette - expected).abs() < 1e-12, "{silhouettes:?}");
    }
}

#[test]
fn without_a_table_to_train_on_a_fifth_is_held_out() {
    let place = Place::new();
    let points: Vec<(f64, &str)> = (0..100)
        .map(
            |i| if i % 2 == 0 { (f64::from(i) / 100.0, "low") } else { (9.0 + f64::from(i) / 100.0, "high") },
        )
        .collect();
    write_line(&place, "two.csv", &points);
    let found = place.json(&["clusters", "two.csv", "--out", "silhouettes.png"]);
    for (name, expected) in
        [("points", 100), ("fitted_points", 80), ("judged_points", 20), ("knn_accuracy", 1), ("ari", 1)]
    {
        assert_eq!(found[name].as_f64(), Some(f64::from(expected)), "{name}");
    }
    assert!(found["silhouette"].as_f64().unwrap() > 0.9);
    let (width, height) = png_size(&place.path("silhouettes.png"));
    assert!(width > 900 && height > 800, "{width} × {height}");
    let text = place.ok(&["clusters", "two.csv"]).stdout;
    assert!(text.contains("fitted on 80 of them at random and judged on the other 20"), "{text}");

    fs::write(place.path("plain.csv"), "1\n2\n3\n11\n12\n13\n21\n22\n23\n").unwrap();
    let ran = place.run(&["clusters", "plain.csv"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr
            .starts_with("error: plain.csv: the classes of its points are not known\nhint: --clusters K")
    );
    let found = place.json(&["clusters", "plain.csv", "--clusters", "3"]);
    assert!(found["silhouette"].as_f64().unwrap() > 0.8 && found["inertia"] == 6.0);
    write_line(&place, "one.csv", &[(0.0, "a"), (1.0, "a"), (2.0, "a"), (3.0, "a"), (4.0, "a")]);
    fs::write(place.path("hole.csv"), "x,label\n1,a\nnan,b\n").unwrap();
    for (arguments, part) in [
        (&["clusters", "one.csv"][..], "error: 1 class among 5 points: at least 2 classes are needed"),
        (&["clusters", "hole.csv"], "error: hole.csv: line 3: column x is \"nan\""),
        (&["clusters", "two.csv", "--out", "x.txt"], "error: x.txt: must end in .png, .svg, .csv or .npz"),
        (
            &["clusters", "plain.csv", "--clusters", "9"],
            "error: 9 classes among 9 points: at least 2 classes are needed",
        ),
        (
            &["clusters", "two.csv", "--train", "plain.csv"],
            "error: plain.csv: the classes of its points are not known",
        ),
        (&["clusters", "none.csv"], "error: none.csv: there is neither a run nor a table of this name"),
    ] {
        let ran = place.run(arguments);
        assert!(ran.stderr.starts_with(part), "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.code, Some(2));
    }
}

#[test]
fn clusters_of_a_run_are_judged_on_its_test_images() {
    let place = trained();
    let found = place.json(&["clusters", "vae"]);
    assert_eq!((&found["points"], &found["fitted_points"]), (&30.into(), &243.into()));
    for name in ["nearest_centroid_accuracy", "knn_accuracy", "probe_accuracy", "cluster_accuracy", "nmi"] {
        assert!((0.0..=1.0).contains(&found[name].as_f64().unwrap()), "{name}");
    }
    png_size(&place.path("vae/figures/silhouettes.png"));
}

/// Everything that `metrics.json` of `run` says about `split`.
fn kept(place: &Place, run: &str, split: &str) -> Value {
    let text = fs::read_to_string(place.path(run).join("metrics.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["splits"][split].clone()
}

#[test]
fn a_full_evaluation_measures_all_that_applies() {
    let place = Place::new();
    let binary = ["--set", "data.count=1500", "--set", "data.input.binarise=\"threshold\""];
    place.ok(&[&["train", "--out", "run"], &TINY[..], &binary].concat());
    let found = place.json(&["evaluate", "run", "--full", "--samples", "8"]);
    let kept = kept(&place, "run", "test");
    let number = |name: &str| found[name].as_f64().unwrap_or_else(|| panic!("{name} in {found}"));
    for name in [
        "total",
        "psnr",
        "ssim",
        "active_units",
        "mutual_information",
        "marginal_kl",
        "elbo",
        "nll",
        "effective_samples",
        "silhouette",
        "knn_accuracy",
        "probe_accuracy",
        "probe_log_loss",
        "pca_mse",
        "pca_psnr",
        "nmi",
        "ari",
        "davies_bouldin",
        "calinski_harabasz",
        "frechet_distance",
        "precision",
        "recall",
        "density",
        "coverage",
        "mig",
        "sap",
        "factor_vae_score",
        "dci_disentanglement",
    ] {
        let entry = &kept["metrics"][name];
        assert_eq!(entry["value"].as_f64(), Some(number(name)), "{name}");
        assert_eq!((&entry["split"], entry["samples"].as_u64()), (&"test".into(), Some(150)), "{name}");
        assert!(["higher", "lower", "neutral"].contains(&entry["direction"].as_str().unwrap()), "{name}");
        let bound =
            |key: &str| entry[key].as_f64().unwrap_or(if key == "least" { -f64::MAX } else { f64::MAX });
        assert!((bound("least")..=bound("greatest")).contains(&number(name)), "{name} {entry}");
    }
    assert_eq!(kept["metrics"]["total"]["unit"], "nats per image");
    assert!(
        number("nll") <= -number("elbo")
            && (number("kl") - number("mutual_information") - number("marginal_kl")).abs() < 1e-3
    );
    assert!(
        kept["metrics"]["frechet_distance"]["of"]
            .as_str()
            .unwrap()
            .starts_with("pixels; 150 images from the sampler prior")
    );
    assert!(kept["metrics"]["nll"]["standard_error"].as_f64().unwrap() > 0.0);
    for figure in ["kl", "posterior", "silhouettes", "explained-variance"] {
        png_size(&place.path(&format!("run/figures/{figure}.png")));
    }
    // A short look at the same weights leaves the rest as it was.
    place.ok(&["evaluate", "run"]);
    assert_eq!(self::kept(&place, "run", "test")["metrics"]["nll"], kept["metrics"]["nll"]);
    let latent = place.json(&["evaluate", "run", "--full", "--samples", "2", "--features", "latent"]);
    assert_ne!(latent["frechet_distance"], found["frechet_distance"]);
}

#[test]
fn what_does_not_apply_is_said() {
    let place = trained();
    let text = place.ok(&["evaluate", "vae", "--full"]).stdout;
    assert!(text.contains("note: no likelihood: binary cross-entropy on grey images is a loss"), "{text}");
    assert!(text.contains("too few to compare generated ones with"), "{text}");
    assert!(kept(place, "vae", "test")["metrics"].get("nll").is_none());
    let ran = place.run(&["evaluate", "vae", "--samples", "10"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("--full"), "{}", ran.stderr);

    let place = Place::new();
    write_plain_recipe(&place);
    place.ok(&[&["train", "plain.toml", "--out", "run"], &TINY[..], &["--set", "data.count=1500"]].concat());
    let found = place.json(&["evaluate", "run", "--full"]);
    assert!(found.get("active_units").is_none() && found["frechet_distance"].as_f64().unwrap() > 0.0);
    let notes = found["notes"].as_array().unwrap();
    let is_there = |part: &str| notes.iter().any(|note| note.as_str().unwrap().starts_with(part));
    assert!(is_there("a plain autoencoder has no posterior"), "{notes:?}");
    let of = kept(&place, "run", "test")["metrics"]["frechet_distance"]["of"].as_str().unwrap().to_owned();
    assert!(of.contains("the sampler gaussian"), "{of}");
}

/// Writes `count` images of 16 × 16 pixels that are mixtures of two patterns, but for a thousandth: two numbers tell
/// nearly all about them.
fn write_mixtures(place: &Place, name: &str, count: usize) {
    let pixel = |image: usize, at: usize| {
        let (a, b) = ((image * 7 % 11) as f32 / 11.0, (image * 5 % 13) as f32 / 13.0);
        0.2 + 0.4 * a * (at % 3) as f32 / 2.0
            + 0.3 * b * (at / 70) as f32 / 3.0
            + 0.001 * (image * at * 31 % 17) as f32 / 17.0
    };
    let images = ndarray::Array3::from_shape_fn((count, 16, 16), |(image, y, x)| pixel(image, y * 16 + x));
    ndarray_npy::write_npy(place.path(name), &images).unwrap();
}

#[test]
fn principal_components_are_the_baseline_of_every_evaluation() {
    let place = Place::new();
    write_mixtures(&place, "mixtures.npy", 120);
    place.ok(&["train", "--data", "mixtures.npy", "--out", "run", "--epochs", "1", "--no-report"]);
    let found = place.json(&["evaluate", "run"]);
    let number = |name: &str| found[name].as_f64().unwrap_or_else(|| panic!("{name} in {found}"));
    assert!(number("pca_mse") < 1e-6 && number("pca_psnr") == 60.0, "{found}");
    assert!(number("psnr") < 40.0);
    let text = place.ok(&["evaluate", "run"]).stdout;
    assert!(text.contains("analysis of as many numbers does better"), "{text}");
    let of = kept(&place, "run", "test")["metrics"]["pca_mse"]["of"].as_str().unwrap().to_owned();
    assert!(of.contains("components; fitted on") && of.contains("training images"), "{of}");
    place.ok(&["report", "run"]);
    let page = fs::read_to_string(place.path("run/report.html")).unwrap();
    assert!(page.contains("analysis of as many numbers does better"));
    // Whatever the memory, the numbers are the same.
    let little = place.json(&["evaluate", "run", "--memory", "2MiB"]);
    for name in ["mse", "psnr", "ssim"] {
        assert_eq!(little[name], found[name], "{name}");
    }
}

#[test]
fn a_denoiser_is_judged_by_its_noisy_inputs() {
    let place = Place::new();
    // Hardly any noise: whatever little this network has learned makes images worse.
    let noise = ["--set", "data.input.noise=0.02"];
    place.ok(&[&["train", "--out", "run"], &TINY[..], &noise].concat());
    let found = place.json(&["evaluate", "run"]);
    let (noisy, psnr) = (found["noisy_psnr"].as_f64().unwrap(), found["psnr"].as_f64().unwrap());
    assert!(noisy > 30.0 && psnr < 30.0, "{found}");
    let text = place.ok(&["evaluate", "run"]).stdout;
    assert!(text.contains("the network makes images worse: the noisy inputs have"), "{text}");
    let page = fs::read_to_string(place.path("run/report.html")).unwrap();
    assert!(page.contains("The network makes images worse: the noisy inputs have"));
}

#[test]
fn large_pictures_are_evaluated_in_a_space_of_bounded_size() {
    let place = Place::new();
    // More pixels than images: the pixels themselves, exactly, without a matrix of pixels squared.
    fs::create_dir_all(place.path("photos/a")).unwrap();
    for i in 0..120_u32 {
        let color = |x: u32, y: u32| {
            let at = x * (1 + i % 5) + y * (1 + i % 7) + i;
            image::Rgb([(at % 256) as u8, (at / 2 % 256) as u8, (i * 2) as u8])
        };
        image::RgbImage::from_fn(96, 96, color).save(place.path(&format!("photos/a/{i}.png"))).unwrap();
    }
    let small = ["--epochs", "1", "--no-report", "--set", "data.test={ fraction = 0.85 }"];
    place.ok(&[&["train", "--data", "photos", "--out", "run"], &small[..]].concat());
    let found = place.json(&["evaluate", "run", "--full", "--samples", "1", "--memory", "2GiB"]);
    assert!(found["frechet_distance"].as_f64().unwrap() > 0.0, "{found}");
    let of = kept(&place, "run", "test")["metrics"]["frechet_distance"]["of"].as_str().unwrap().to_owned();
    assert!(of.starts_with("pixels; "), "{of}");
}

#[test]
fn what_few_images_do_not_allow_is_left_out() {
    let place = Place::new();
    for class in ["a", "b"] {
        write_images(&place.path(&format!("few/{class}")), 12);
    }
    place.ok(&["train", "--data", "few", "--epochs", "1", "--no-report", "--out", "run"]);
    let found = place.json(&["evaluate", "run", "--full", "--samples", "2"]);
    assert_eq!(found["images"], 2);
    assert!(found["total"].is_number() && found.get("silhouette").is_none(), "{found}");
    let left_out = "2 classes among 2 points: at least 2 classes are needed, and more points than classes";
    assert!(found["notes"].to_string().contains(left_out), "{found}");
    assert!(found["knn_accuracy"].is_number(), "{found}");
    let ran = place.ok(&["clusters", "run"]);
    assert!(
        ran.stderr.contains(left_out) && ran.stdout.contains("knn_accuracy"),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
}

#[test]
fn factors_that_never_change_are_left_out() {
    let place = Place::new();
    let images = ndarray::Array3::from_shape_fn((60, 16, 16), |(i, y, x)| u8::from((x + y * i) % 5 == 0));
    // Colour is the same everywhere, as in dSprites.
    let classes = ndarray::Array2::from_shape_fn((60, 6), |(i, factor)| (i * factor % (2 + factor)) as i64);
    let mut npz = ndarray_npy::NpzWriter::new(fs::File::create(place.path("sprites.npz")).unwrap());
    npz.add_array("imgs", &images).unwrap();
    npz.add_array("latents_classes", &classes).unwrap();
    npz.finish().unwrap();
    place.ok(&["train", "--data", "sprites.npz", "--epochs", "1", "--no-report", "--out", "run"]);
    let found = place.json(&["evaluate", "run", "--full", "--samples", "2", "--split", "train"]);
    assert!(found["sap"].is_number(), "{found}");
    assert!(found["notes"].to_string().contains("have the same value: color"), "{found}");
}

#[test]
fn few_images_are_mapped_and_drawn_from_with_what_fits_them() {
    let place = Place::new();
    for class in ["a", "b"] {
        write_images(&place.path(&format!("few/{class}")), 12);
    }
    let wide = ["--as", "denoiser", "--epochs", "1", "--no-report"];
    place.ok(&[&["train", "--data", "few", "--out", "wide"], &wide[..]].concat());
    let ran = place.ok(&["generate", "wide", "--sampler", "gaussian", "-n", "3"]);
    assert!(ran.stderr.contains("do not tell a Gaussian's in"), "{}", ran.stderr);
    place.ok(&[
        "train",
        "--data",
        "few",
        "--epochs",
        "1",
        "--no-report",
        "--set",
        "data.test={ fraction = 0.7 }",
        "--out",
        "run",
    ]);
    let ran = place.ok(&["generate", "run", "--sampler", "gmm", "-n", "3"]);
    assert!(ran.stderr.contains(": as many Gaussians as training images"), "{}", ran.stderr);
    let ran = place.run(&["generate", "run", "--sampler", "gmm", "--components", "11"]);
    assert!(
        ran.code == Some(2) && ran.stderr.contains("error: --components 11: the run has"),
        "{}",
        ran.stderr
    );
    let ran = place.ok(&["map", "run", "--iterations", "10"]);
    assert!(ran.stderr.contains("points are too few for the usual 30"), "{}", ran.stderr);
    let ran = place.run(&["map", "wide"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("error: t-SNE of 2 points: it takes 4 or more\nhint: --split all"),
        "{}",
        ran.stderr
    );
}

#[test]
fn classes_without_training_images_are_the_anomalies() {
    let place = Place::new();
    for (folder, count) in [("train/good", 20), ("test/good", 4), ("test/scratch", 3)] {
        write_images(&place.path(&format!("parts/{folder}")), count);
    }
    place.ok(&["train", "--data", "parts", "--epochs", "1", "--no-report", "--out", "run"]);
    let ran = place.ok(&["anomalies", "run"]);
    assert!(ran.stdout.contains("AUROC"), "{}", ran.stdout);
    assert!(
        ran.stderr.contains("--anomalous-class scratch: all training images are of one class"),
        "{}",
        ran.stderr
    );
    let ran = place.ok(&["anomalies", "run", "--anomalous-class", "scratch"]);
    assert!(!ran.stderr.contains("was trained on images of class scratch"), "{}", ran.stderr);
}
