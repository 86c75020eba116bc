//! `bench`: what it reports, not how fast it is.

use crate::harness::Place;

#[test]
fn bench_reports_each_recipe_beside_the_peak() {
    let place = Place::new();
    let small = ["--batch", "8", "--seconds", "1", "--threads", "1"];
    for work in [&[][..], &["--embed"], &["--decode"]] {
        let json = place.json(&[&["bench", "mnist-mlp-vae"], &small[..], work].concat());
        let entry = &json["benchmarks"][0];
        assert_eq!((&entry["recipe"], &entry["batch"]), (&"mnist-mlp-vae".into(), &8.into()));
        assert_eq!((&entry["threads"], &entry["parameters"]), (&1.into(), &480_804.into()));
        let number = |key: &str| entry[key].as_f64().unwrap_or_else(|| panic!("{key} in {entry}"));
        let rate = number("flops_per_image") / number("us_per_image") / 1e3;
        assert!((rate / number("gflops") - 1.0).abs() < 1e-6, "{entry}");
        assert!((number("gflops") / number("peak_gflops") / number("peak_fraction") - 1.0).abs() < 1e-6);
        assert!(entry["isa"].is_string() && number("peak_gflops") > 0.0);
    }
}

#[test]
fn bench_refuses_what_it_cannot_time() {
    let place = Place::new();
    let ran = place.run(&["bench", "mnist-mlp-vae", "--batch", "0"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("training.batch_size = 0: must be at least 1"), "{}", ran.stderr);
    assert_eq!(place.run(&["bench", "mnist-mlp-vae", "--seconds", "0"]).code, Some(2));
}
