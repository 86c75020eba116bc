//! `clusters` and `evaluate --full`: what is measured, against what can be counted by hand.

use std::fs;

use serde_json::Value;

use crate::harness::{Place, TINY, png_size, trained, write_plain_recipe};

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
        (&["clusters", "one.csv"][..], "error: 1 class among 5 points: at least 2 are needed"),
        (&["clusters", "hole.csv"], "error: hole.csv: line 3: column x is \"nan\""),
        (&["clusters", "two.csv", "--out", "x.npz"], "error: --out x.npz: must end in .png or .svg"),
        (
            &["clusters", "plain.csv", "--clusters", "9"],
            "error: 9 classes among 9 points: at least 2 are needed",
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
    assert!(found["notes"][0].as_str().unwrap().starts_with("a plain autoencoder has no posterior"));
    let of = kept(&place, "run", "test")["metrics"]["frechet_distance"]["of"].as_str().unwrap().to_owned();
    assert!(of.contains("the sampler gaussian"), "{of}");
}
