//! `train`: what a run holds, and that asking differently does what it says.

use std::fs;

use serde_json::Value;

use crate::harness::{Place, TINY, png_size, trained, write_images};

fn manifest(place: &Place, run: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(place.path(run).join("manifest.json")).unwrap()).unwrap()
}

#[test]
fn a_run_holds_everything() {
    let place = trained();
    let run = place.path("vae");
    let figures = ["latent", "loss-curves", "manifold", "reconstructions", "samples"];
    for figure in figures {
        let (width, height) = png_size(&run.join(format!("figures/{figure}.png")));
        assert!(width > 300 && height > 200, "{figure}: {width} × {height}");
        assert!(fs::read_to_string(run.join(format!("figures/{figure}.svg"))).unwrap().starts_with("<svg"));
    }
    for file in ["recipe.toml", "events.jsonl", "checkpoints/best/weights.safetensors"] {
        assert!(run.join(file).is_file(), "{file}");
    }
    let manifest = manifest(place, "vae");
    assert_eq!((&manifest["status"], &manifest["epochs"]["done"]), (&"completed".into(), &2.into()));
    assert!(manifest["seconds"]["total"].as_f64().unwrap() > 0.0);
    assert!(!manifest["machine"]["instruction_set"].as_str().unwrap().is_empty());
    // The recipe as used, overrides included, trains the same again.
    let again = place.json(&["train", "vae/recipe.toml", "--out", "again"]);
    assert_eq!(again["status"], "completed");
    let weights = |run: &str| fs::read(place.path(run).join("checkpoints/last/weights.safetensors")).unwrap();
    assert!(weights("vae") == weights("again"));
}

#[test]
fn json_says_what_was_learned_and_where_it_is() {
    let place = Place::new();
    let trained = place.json(&[&["train", "--seed", "3"], &TINY[..]].concat());
    assert_eq!((&trained["run"], &trained["seed"]), (&"runs/synthetic-digits-vae-1".into(), &3.into()));
    let valid = &trained["best"]["valid"];
    let term = |name: &str| valid[name].as_f64().unwrap();
    assert!((term("total") - term("reconstruction") - term("kl")).abs() < 1e-6);
    // The next run gets the next number.
    let trained = place.json(&[&["train"], &TINY[..]].concat());
    assert_eq!(trained["run"], "runs/synthetic-digits-vae-2");
}

#[test]
fn a_run_is_overwritten_only_when_that_is_asked_for() {
    let place = Place::new();
    place.ok(&[&["train", "--out", "run"], &TINY[..]].concat());
    fs::write(place.path("run/notes.txt"), "mine").unwrap();
    assert_eq!(place.run(&[&["train", "--out", "run"], &TINY[..]].concat()).code, Some(2));
    place.ok(&[&["train", "--out", "run", "--force", "--seed", "5"], &TINY[..]].concat());
    assert_eq!(manifest(&place, "run")["seed"], 5);
    assert_eq!(fs::read_to_string(place.path("run/notes.txt")).unwrap(), "mine");
}

#[test]
fn a_denoiser_draws_what_it_took_off() {
    let place = Place::new();
    let noise =
        ["train", "synthetic-digits-plane", "--out", "run", "--no-report", "--set", "data.input.noise=0.4"];
    let trained = place.json(&[&noise, &TINY[..]].concat());
    let figures: Vec<&str> =
        trained["figures"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(figures, ["loss-curves", "denoised", "samples", "latent", "manifold"]);
    write_images(&place.path("scans"), 3);
    place.ok(&["denoise", "run", "scans", "--noise", "0.3", "--figure", "clean.png"]);
    let (width, height) = png_size(&place.path("clean.png"));
    assert!(width > height / 2 && height > 300, "{width} × {height}");
    place.ok(&["denoise", "run", "scans", "--out", "cleaned"]);
    assert_eq!(png_size(&place.path("cleaned/stroke-2.png")), (28, 28));
}

#[test]
fn an_autoencoder_trains_on_a_folder_and_finds_it_again_where_it_moved() {
    let place = Place::new();
    for class in ["left", "right"] {
        write_images(&place.path("strokes").join(class), 20);
    }
    fs::write(
        place.path("ae.toml"),
        r#"
        name = "strokes"
        data = { path = "strokes", size = 16 }
        model.encoder = [{ layer = "flatten" }, { layer = "dense", units = 3 }]
        model.latent = { kind = "deterministic" }
        model.decoder = [{ layer = "dense", units = 256 }, { layer = "reshape", shape = [16, 16, 1] }]
        objective = { reconstruction = { loss = "squared_error" }, code_l1 = 0.01 }
        optimizer = { kind = "adam", learning_rate = 0.01 }
        training = { epochs = 3, batch_size = 8 }
        "#,
    )
    .unwrap();
    let summary = place.json(&["summary", "ae.toml"]);
    assert_eq!(summary["parameters"], 256 * 3 + 3 + 3 * 256 + 256);
    let trained = place.json(&["train", "ae.toml", "--no-report"]);
    assert_eq!(trained["figures"].as_array().unwrap().len(), 2); // no prior, no plane
    let run = trained["run"].as_str().unwrap();
    fs::rename(place.path("strokes"), place.path("moved")).unwrap();
    assert_eq!(place.run(&["evaluate", run]).code, Some(2));
    let evaluated = place.json(&["evaluate", run, "--data", "moved"]);
    let term = |name: &str| evaluated[name].as_f64().unwrap();
    assert!(evaluated.get("kl").is_none() && term("code_l1") > 0.0);
    assert!((term("total") - term("reconstruction") - term("code_l1")).abs() < 1e-6);
    let ran = place.ok(&["generate", run, "-n", "3", "--out", "noise.png"]);
    assert!(ran.stderr.contains("plain autoencoder"), "{}", ran.stderr);
    // Without a prior, the plane is drawn where the codes are.
    place.ok(&["manifold", run, "--dims", "1,3", "--steps", "4", "--data-dir", "nowhere", "--range", "-1,1"]);
}

/// `code_l2` stands for any term: none of these places knows it by name.
#[test]
fn a_term_of_the_loss_is_wherever_losses_are() {
    let place = Place::new();
    let arguments = ["train", "--out", "run", "--set", "objective.code_l2=0.5"];
    let ran = place.ok(&[&arguments[..], &TINY[..]].concat());
    let head = ran.stderr.lines().find(|line| line.trim_start().starts_with("epoch")).unwrap();
    let columns = ["total", "reconstruction", "kl", "code_l2"];
    assert_eq!(head.split_whitespace().skip(1).take(8).collect::<Vec<_>>(), [columns, columns].concat());
    let table = ran.stdout.lines().find(|line| line.trim_start().starts_with("total")).unwrap();
    assert_eq!(table.split_whitespace().collect::<Vec<_>>(), columns);

    let read = |file: &str| fs::read_to_string(place.path("run").join(file)).unwrap();
    assert!(read("recipe.toml").contains("code_l2 = 0.5"));
    let events = read("events.jsonl");
    let epochs: Vec<Value> = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let adds_up = |terms: &Value| {
        let term = |name: &str| terms[name].as_f64().unwrap();
        term("code_l2") > 0.0
            && (term("total") - term("reconstruction") - term("kl") - term("code_l2")).abs() < 1e-6
    };
    for epoch in epochs.iter().filter(|event| event["event"] == "epoch") {
        assert!(adds_up(&epoch["train"]) && adds_up(&epoch["valid"]), "{epoch}");
    }
    assert!(read("figures/loss-curves.svg").contains("code_l2"));
    let report = read("report.html");
    assert!(report.contains(" code_l2; training") && report.contains("<th scope=\"row\">code l2</th>"));

    let evaluated = place.json(&["evaluate", "run"]);
    assert!(adds_up(&evaluated), "{evaluated}");
    let text = place.ok(&["evaluate", "run"]).stdout;
    assert!(
        text.lines().any(|line| line.trim_start().starts_with("code_l2") && line.contains("nats per image"))
    );
    let metrics: Value = serde_json::from_str(&read("metrics.json")).unwrap();
    let kept = &metrics["splits"]["test"]["metrics"]["code_l2"];
    assert_eq!((&kept["direction"], &kept["unit"]), (&"neutral".into(), &"nats per image".into()));
    let verified = place.ok(&["verify", "run"]).stdout;
    assert!(verified.contains(", code_l2 "), "{verified}");
}

#[test]
fn every_setting_can_be_changed() {
    let place = Place::new();
    let five = ["--set", "model.latent.size=5", "--set", "objective.kl.weight=0.5", "--set", "name=five"];
    let trained = place.json(&[&["train", "--out", "run"], &five[..], &TINY[..]].concat());
    let figures = trained["figures"].as_array().unwrap().iter().filter_map(Value::as_str);
    // Of the fitted mixture where it draws better.
    let figures: Vec<&str> = figures.filter(|name| *name != "samples-gmm").collect();
    let expected = "loss-curves reconstructions samples silhouettes centroids map-pca map-tsne anomalies scores \
                    kl posterior explained-variance";
    assert_eq!((&trained["recipe"], figures.join(" ").as_str()), (&"five".into(), expected));
    assert_eq!(place.run(&["decode", "run", "--z", "0,0,0,0,0"]).code, Some(0));
}

#[test]
fn a_recipe_says_what_is_shown_of_its_latent_space() {
    let place = Place::new();
    let small = [&["--data", "synthetic-digits", "--no-report"], &TINY[..]].concat();
    let shown = |run: &str| {
        let text = fs::read_to_string(place.path(&format!("{run}/figures/manifold.svg"))).unwrap();
        (text.contains(">−4.0<"), place.path(&format!("{run}/figures/points.png")).is_file())
    };
    place.ok(&[&["train", "mnist-conv-vae", "--out", "conv"], &small[..]].concat());
    assert_eq!(shown("conv"), (true, true));
    let points = fs::read_to_string(place.path("conv/figures/points.svg")).unwrap();
    assert!(points.contains("(−1, 0)"), "{points}");
    // Points of another size than the code's are left out.
    let other = ["--set", "show.points=[[1, 2, 3]]", "--set", "show.manifold={ range = [-1, 1], steps = 3 }"];
    place.ok(&[&["train", "mnist-conv-vae", "--out", "other"], &small[..], &other].concat());
    assert_eq!(shown("other"), (false, false));
}
