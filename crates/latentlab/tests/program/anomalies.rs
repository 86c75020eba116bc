//! Anomalies: a class that training has not seen, and how well it is found.

use std::fs;

use crate::harness::{Place, TINY, png_size, trained, write_plain_recipe};

#[test]
fn a_class_held_out_of_training_is_looked_for() {
    let place = Place::new();
    let hold_out = ["--set", "data.exclude_classes=[\"1\"]"];
    place.ok(&[&["train", "--out", "run"], &TINY[..], &hold_out].concat());
    let said = place.json(&["anomalies", "run", "--split", "test", "-n", "12", "--out", "scores.csv"]);
    assert_eq!(said["anomalous_classes"], serde_json::json!(["1"]));
    for score in ["reconstruction_error", "kl", "neg_elbo"] {
        let auroc = said[score]["auroc"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&auroc), "{score} {auroc}");
        assert!(said[score]["average_precision"].as_f64().unwrap() > 0.0);
    }
    for figure in ["anomalies", "roc"] {
        png_size(&place.path(&format!("run/figures/{figure}.png")));
    }
    let table = fs::read_to_string(place.path("scores.csv")).unwrap();
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("index,reconstruction_error,kl,neg_elbo,label,class,anomalous"));
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 30);
    assert!(rows.iter().all(|row| (row[5] == "1") == (row[6] == "1")));
    let number = |row: usize, column: usize| rows[row][column].parse::<f64>().unwrap();
    // The strangest come first, and −ELBO is about reconstruction plus KL.
    let strangest: Vec<usize> =
        said["strangest"].as_array().unwrap().iter().map(|row| row.as_u64().unwrap() as usize).collect();
    assert_eq!(strangest.len(), 12);
    assert!(strangest.windows(2).all(|pair| number(pair[0], 1) >= number(pair[1], 1)));
    let mean = |column: usize| (0..30).map(|row| number(row, column)).sum::<f64>() / 30.0;
    assert!(mean(3) > mean(1), "{} {}", mean(3), mean(1));
    // The area is that of the scores: recounted here pair by pair.
    let (mut ordered, mut pairs) = (0.0, 0.0);
    for anomaly in rows.iter().filter(|row| row[6] == "1") {
        for normal in rows.iter().filter(|row| row[6] == "0") {
            let (a, b) = (anomaly[1].parse::<f64>().unwrap(), normal[1].parse::<f64>().unwrap());
            ordered += if a > b {
                1.0
            } else if a == b {
                0.5
            } else {
                0.0
            };
            pairs += 1.0;
        }
    }
    let auroc = said["reconstruction_error"]["auroc"].as_f64().unwrap();
    assert!((auroc - ordered / pairs).abs() < 1e-12, "{auroc} {}", ordered / pairs);
}

#[test]
fn files_of_ones_own_are_all_scored() {
    let place = trained();
    let (out, scores) = (place.path("strange").display().to_string(), place.path("strange.csv"));
    place.ok(&["generate", "vae", "-n", "7", "--out", &out]);
    let long = format!("{}.png", "a-long-name-".repeat(6));
    fs::rename(place.path("strange/sample-00003.png"), place.path("strange").join(&long)).unwrap();
    let file = scores.display().to_string();
    let said = place.json(&["anomalies", "vae", "--images", &out, "-n", "3", "--out", &file]);
    assert_eq!((&said["images"], &said["split"]), (&serde_json::json!(7), &serde_json::Value::Null));
    let table = fs::read_to_string(scores).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 8);
    assert_eq!(lines[0], "index,file,reconstruction_error,kl,neg_elbo");
    assert!(lines[1..].iter().all(|line| line.contains(".png,")) && table.contains(&long), "{table}");
}

#[test]
fn without_labels_in_question_the_strangest_are_drawn() {
    let place = Place::new();
    write_plain_recipe(&place);
    place.ok(&[&["train", "plain.toml", "--out", "run"], &TINY[..]].concat());
    let said = place.json(&["anomalies", "run"]);
    assert!(said["reconstruction_error"]["mean"].as_f64().unwrap() > 0.0);
    assert!(said.get("kl").is_none() && said["reconstruction_error"].get("auroc").is_none());
    assert!(!place.path("run/figures/roc.png").exists());
    let ran = place.run(&["anomalies", "run", "--score", "neg-elbo"]);
    assert!(ran.stderr.contains("is a plain autoencoder, which has no KL and no ELBO"), "{}", ran.stderr);
    assert_eq!(ran.code, Some(2));
}

#[test]
fn scores_are_the_same_on_any_number_of_threads() {
    let place = trained();
    let scores = |threads: &str| {
        let file = format!("scores-{threads}.csv");
        place.ok(&["anomalies", "vae", "--threads", threads, "--out", &file]);
        fs::read_to_string(place.path(&file)).unwrap()
    };
    assert_eq!(scores("1"), scores("3"));
}

#[test]
fn a_class_that_was_learned_is_warned_of() {
    let ran = trained().ok(&["anomalies", "vae", "--anomalous-class", "3"]);
    assert!(ran.stderr.contains("warning: vae was trained on images of class 3 too"), "{}", ran.stderr);
    assert!(ran.stdout.contains("of class 3 are the anomalies"), "{}", ran.stdout);
}
