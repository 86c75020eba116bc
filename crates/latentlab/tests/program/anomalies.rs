//! Anomalies: a class that training has not seen, and how well it is found.

use std::fs;
use std::path::Path;

use crate::harness::{Place, TINY, column, png_size, read_table, trained, write_plain_recipe};

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
    assert_eq!(
        lines.next(),
        Some("index,reconstruction_error,kl,neg_elbo,heat_map,flagged,label,class,anomalous")
    );
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 30);
    assert!(rows.iter().all(|row| (row[7] == "1") == (row[8] == "1")));
    let number = |row: usize, column: usize| rows[row][column].parse::<f64>().unwrap();
    // The strangest come first, and −ELBO is about reconstruction plus KL.
    let strangest: Vec<usize> =
        said["strangest"].as_array().unwrap().iter().map(|row| row.as_u64().unwrap() as usize).collect();
    assert_eq!(strangest.len(), 12);
    assert_eq!(said["ranked_by"], "heat_map");
    assert!(strangest.windows(2).all(|pair| number(pair[0], 4) >= number(pair[1], 4)));
    let mean = |column: usize| (0..30).map(|row| number(row, column)).sum::<f64>() / 30.0;
    assert!(mean(3) > mean(1), "{} {}", mean(3), mean(1));
    // The area is that of the scores: recounted here pair by pair.
    let (mut ordered, mut pairs) = (0.0, 0.0);
    for anomaly in rows.iter().filter(|row| row[8] == "1") {
        for normal in rows.iter().filter(|row| row[8] == "0") {
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
    assert_eq!(lines[0], "index,file,reconstruction_error,kl,neg_elbo,heat_map,flagged");
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

/// Parts as MVTec lays them out: grey plates with a disc; some of the tested ones have a bright spot, which a mask marks.
fn write_parts(folder: &Path) {
    let plate = |i: u32, spot: Option<(u32, u32)>| {
        image::GrayImage::from_fn(24, 24, |x, y| {
            let (cx, cy) = (9 + i * 5 % 6, 9 + i * 7 % 6);
            let is_disc = x.abs_diff(cx).pow(2) + y.abs_diff(cy).pow(2) < 40;
            let is_spot = spot.is_some_and(|(left, top)| x.abs_diff(left) < 2 && y.abs_diff(top) < 2);
            let grain = (x * 7 + y * 13 + i * 29) % 11;
            image::Luma([if is_spot {
                250
            } else if is_disc {
                150
            } else {
                60
            } + if is_spot { 0 } else { grain as u8 }])
        })
    };
    let save = |picture: image::GrayImage, name: &str| {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        picture.save(file).unwrap();
    };
    for i in 0..200 {
        save(plate(i, None), &format!("train/good/{i:03}.png"));
    }
    for i in 0..20 {
        save(plate(300 + i, None), &format!("test/good/{i:03}.png"));
        let at = (2 + i * 3 % 20, 3 + i * 11 % 18);
        save(plate(400 + i, Some(at)), &format!("test/spot/{i:03}.png"));
        let mask = image::GrayImage::from_fn(24, 24, |x, y| {
            image::Luma([if x.abs_diff(at.0) < 2 && y.abs_diff(at.1) < 2 { 255 } else { 0 }])
        });
        save(mask, &format!("ground_truth/spot/{i:03}_mask.png"));
    }
}

/// A piece of cloth, woven alike everywhere, whose first thread is the one at `start`; with a stain where `has_stain`.
fn write_cloth(file: &Path, (width, height): (u32, u32), start: (u32, u32), has_stain: bool) {
    let cloth = image::GrayImage::from_fn(width, height, |x, y| {
        let is_stained = has_stain && x.abs_diff(50) < 4 && y.abs_diff(30) < 4;
        let (x, y) = (x + start.0, y + start.1);
        let grain = (x * 7 + y * 13 + start.0 * 29) % 11;
        let thread = if (x / 3 + y / 3) % 2 == 0 { 60 } else { 120 };
        image::Luma([if is_stained { 230 } else { thread + grain as u8 }])
    });
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    cloth.save(file).unwrap();
}

#[test]
fn pictures_larger_than_the_net_are_judged_at_their_own_scale() {
    let place = Place::new();
    for i in 0..200 {
        write_cloth(&place.path(&format!("swatches/{i:03}.png")), (24, 24), (i * 5 % 97, i * 11 % 89), false);
    }
    write_cloth(&place.path("bales/clean.png"), (72, 48), (3, 1), false);
    write_cloth(&place.path("bales/spot.png"), (72, 48), (3, 1), true);
    write_cloth(&place.path("bales/swatch.png"), (24, 24), (2, 1), false);
    place.ok(&["train", "--data", "swatches", "--epochs", "10", "--out", "run", "--no-report"]);
    let tiled = ["anomalies", "run", "--images", "bales", "--tiles", "--out", "s.csv", "--overlays", "where"];
    let said = place.json(&tiled);
    let table = read_table(&place, "s.csv");
    assert_eq!(column(&table, "file"), ["clean.png", "spot.png", "swatch.png"]);
    let numbers =
        |name: &str| -> Vec<f64> { column(&table, name).iter().map(|cell| cell.parse().unwrap()).collect() };
    let (heat, thresholds) = (numbers("heat_map"), numbers("threshold"));
    assert!(heat[1] > 1.2 * heat[0], "{heat:?} {thresholds:?}");
    // Of two pictures of one size one threshold, a higher one than of a smaller picture.
    assert!(thresholds[0] == thresholds[1] && thresholds[0] > thresholds[2], "{thresholds:?}");
    for (i, flag) in column(&table, "flagged").iter().enumerate() {
        assert_eq!(heat[i] > thresholds[i], flag == "1");
        assert_eq!(said["pictures"][i]["heat_map"].as_f64(), Some(heat[i]));
    }
    assert_eq!(png_size(&place.path("where/spot.png")), (72, 48));
    assert_eq!(png_size(&place.path("where/swatch.png")), (24, 24));
    // It needs what the run holds of normal images, and no more.
    fs::rename(place.path("swatches"), place.path("elsewhere")).unwrap();
    assert_eq!(
        place.json(&["anomalies", "run", "--images", "bales", "--tiles"])["pictures"],
        said["pictures"]
    );
    for wrong in [
        &["anomalies", "run", "--tiles"][..],
        &["anomalies", "run", "--tiles", "--images", "bales", "--heat-maps", "h.npz"],
        &["anomalies", "run", "--tiles", "--images", "bales", "--score", "reconstruction"],
        &["anomalies", "run", "--tiles", "--images", "nowhere"],
    ] {
        assert_eq!(place.run(wrong).code, Some(2), "{wrong:?}");
    }
    fs::remove_file(place.path("run/normal.safetensors")).unwrap();
    let alone = place.run(&["anomalies", "run", "--images", "bales", "--tiles"]);
    assert_eq!(alone.code, Some(2));
    assert!(alone.stderr.contains("has no normal images to compare with"), "{}", alone.stderr);
}

#[test]
fn defects_are_flagged_and_shown_where_they_are() {
    let place = Place::new();
    write_parts(&place.path("parts"));
    place.ok(&[
        "train",
        "--data",
        "parts",
        "--epochs",
        "30",
        "--out",
        "run",
        "--no-report",
        "--set",
        "seed=1",
    ]);
    let said = place.json(&[
        "anomalies",
        "run",
        "--false-positives",
        "5%",
        "--overlays",
        "where",
        "--heat-maps",
        "heat.npz",
        "--out",
        "scores.csv",
    ]);
    assert_eq!(said["anomalous_classes"], serde_json::json!(["spot"]));
    let number = |value: &serde_json::Value| value.as_f64().unwrap_or_else(|| panic!("{value} in {said}"));
    assert!(number(&said["heat_map"]["auroc"]) > 0.95, "{said}");
    assert!(number(&said["localisation"]["pixel_auroc"]) > 0.9, "{said}");
    assert_eq!((&said["localisation"]["masks"], &said["localisation"]["regions"]), (&20.into(), &20.into()));
    // The verdict is what the table and the numbers say.
    let table = read_table(&place, "scores.csv");
    let (flagged, anomalous) = (column(&table, "flagged"), column(&table, "anomalous"));
    let heat: Vec<f64> = column(&table, "heat_map").iter().map(|cell| cell.parse().unwrap()).collect();
    let count = |flag: &str, mark: &str| {
        flagged
            .iter()
            .zip(&anomalous)
            .filter(|pair| (pair.0.as_str(), pair.1.as_str()) == (flag, mark))
            .count() as f64
    };
    for (heat, flag) in heat.iter().zip(&flagged) {
        assert_eq!(*heat > number(&said["threshold"]), flag == "1");
    }
    let (hits, alarms, misses) = (count("1", "1"), count("1", "0"), count("0", "1"));
    assert!((number(&said["f1"]) - 2.0 * hits / (2.0 * hits + alarms + misses)).abs() < 1e-12);
    assert!(hits >= 15.0 && alarms <= 4.0, "{hits} found, {alarms} false alarms");
    assert_eq!(said["by_class"]["spot"]["flagged"].as_f64(), Some(hits));
    // Pictures: one for each image, and figures.
    for picture in ["where/test/spot/003.png", "where/test/good/000.png"] {
        assert_eq!(png_size(&place.path(picture)), (24, 24), "{picture}");
    }
    for figure in ["anomalies", "scores", "roc"] {
        png_size(&place.path(&format!("run/figures/{figure}.png")));
    }
    // The report shows the same, and the images on both sides of the threshold.
    let borderline = place.path("run/figures/borderline.svg");
    let drawn = fs::read_to_string(&borderline).unwrap();
    assert_eq!(drawn.matches("· flagged<").count(), 5, "five above the threshold, five below");
    fs::remove_file(&borderline).unwrap();
    place.ok(&["report", "run"]);
    let page = fs::read_to_string(place.path("run/report.html")).unwrap();
    for part in ["Strange images", "flagged: hottest pixel above", "Precision ", "Where: pixel AUROC"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(borderline.is_file());
    // New parts: an alarm that a script sees, and none where all is well.
    let new = ["anomalies", "run", "--images", "parts/test/spot", "--fail"];
    let alarm = place.run(&new);
    assert_eq!(alarm.code, Some(3), "{}{}", alarm.stdout, alarm.stderr);
    assert!(alarm.stdout.contains("flagged: hottest pixel above"), "{}", alarm.stdout);
    place.ok(&[
        "anomalies",
        "run",
        "--images",
        "parts/train/good/000.png",
        "--false-positives",
        "0.1%",
        "--fail",
    ]);
    for wrong in [
        &["anomalies", "run", "--false-positives", "0"][..],
        &["anomalies", "run", "--heat-maps", "heat.csv"],
        &["anomalies", "run", "--heat-maps", "heat.npz"],
        &["anomalies", "run", "--overlays", "where"],
        &["anomalies", "run", "--masks", "parts/train/good"],
    ] {
        let ran = place.run(wrong);
        assert_eq!(ran.code, Some(2), "{wrong:?}: {}", ran.stderr);
    }
    // The run holds what normal images are like: it judges where its data are not, and the same.
    let judged = |said: &serde_json::Value| (said["threshold"].clone(), said["flagged"].clone());
    let before = place.json(&["anomalies", "run", "--images", "parts/test/spot"]);
    fs::rename(place.path("parts"), place.path("elsewhere")).unwrap();
    let after = place.json(&["anomalies", "run", "--images", "elsewhere/test/spot"]);
    assert_eq!(judged(&before), judged(&after));
    assert_eq!(place.run(&["anomalies", "run", "--images", "elsewhere/test/spot", "--fail"]).code, Some(3));
    // For other weights, or damaged, it is worth nothing; and without the data it cannot be found anew: that is said.
    let kept = place.path("run/normal.safetensors");
    let whole = fs::read(&kept).unwrap();
    let key = b"weights_sha256";
    let of_other_weights = whole.windows(key.len()).position(|bytes| bytes == key).unwrap() + key.len() + 5;
    let mut other = whole.clone();
    other[of_other_weights] ^= 1;
    for worthless in [&whole[..whole.len() / 2], &other[..], b"no tensors"] {
        fs::write(&kept, worthless).unwrap();
        let alone = place.ok(&["anomalies", "run", "--images", "elsewhere/test/spot"]);
        assert!(alone.stderr.contains("no threshold, no heat maps"), "{}", alone.stderr);
        assert_eq!(
            place.run(&["anomalies", "run", "--images", "elsewhere/test/spot", "--fail"]).code,
            Some(2)
        );
    }
    // Where the data are, it is.
    fs::rename(place.path("elsewhere"), place.path("parts")).unwrap();
    assert_eq!(judged(&place.json(&["anomalies", "run", "--images", "parts/test/spot"])), judged(&before));
    assert_eq!(fs::read(&kept).unwrap(), whole);
}
