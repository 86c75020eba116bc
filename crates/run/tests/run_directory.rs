//! The life of a run directory, from its creation to its being read elsewhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use run::{
    Checkpoint, DataHint, Error, Event, ExistingRun, FILES, FigureFormat, Manifest, Measurement, Metrics,
    RunDir, Slot, SplitMetrics, Status, Tracking,
};

const RECIPE: &str = "seed = 7\n";

fn manifest() -> Manifest {
    Manifest::new("latentlab 0.1.0", "mnist-mlp-vae", 7)
}

/// Everything that this crate can write, in a run that is done.
fn whole_run(path: &Path) -> (RunDir, Manifest) {
    let mut manifest = manifest();
    let run = RunDir::create(path, ExistingRun::Refuse, &manifest, RECIPE).unwrap();
    run.event_log().unwrap().push(Event::Warning { message: "hot".into() }).unwrap();
    let checkpoint = Checkpoint {
        weights: b"w".into(),
        training_weights: Some(b"t".into()),
        optimizer: Some(b"o".into()),
        ..Checkpoint::default()
    };
    for slot in Slot::ALL {
        run.save_checkpoint(slot, &checkpoint).unwrap();
    }
    run.write(&Metrics::default()).unwrap();
    run.write(&Tracking::default()).unwrap();
    run.write(&DataHint { path: Some("/photos".into()), data_dir: None }).unwrap();
    run.write_images("split,position\n").unwrap();
    run.write_figure("latent", FigureFormat::Svg, b"<svg/>").unwrap();
    run.write_figure("latent", FigureFormat::Png, b"png").unwrap();
    run.write_normal(b"n").unwrap();
    assert_eq!(run.read_normal().unwrap().as_deref(), Some(&b"n"[..]));
    run.write_report("<html></html>").unwrap();
    let link = |report: &str| (report == "<html></html>").then(|| "<html><a></html>".to_owned());
    let explorer = run.write_explorer("<html></html>", link).unwrap();
    assert!(run.has_explorer() && explorer.ends_with("explorer.html"));
    assert_eq!(std::fs::read_to_string(run.path().join("report.html")).unwrap(), "<html><a></html>");
    drop(run::RunLock::take(run.path()).unwrap());
    fs::write(run.path().join("claim"), "process 7 on far-away\n").unwrap(); // left behind where there are no locks
    run.finish(&mut manifest, Status::Completed).unwrap();
    (run, manifest)
}

/// Every file below `root`, relative, with `/` between parts.
fn files_below(root: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let parts = path.strip_prefix(root).unwrap().iter().map(|part| part.to_str().unwrap());
                found.insert(parts.collect::<Vec<_>>().join("/"));
            }
        }
    }
    found
}

#[test]
fn every_file_written_is_in_the_table_and_every_entry_of_the_table_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs/deep/a"); // the folders above are made
    whole_run(&path);
    let found = files_below(&path);
    let expected: BTreeSet<String> = FILES
        .iter()
        .flat_map(|file| {
            ["last", "best"].map(|slot| file.path.replace("{slot}", slot).replace("{name}", "latent"))
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_run_says_how_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let mut written = manifest();
    let run = RunDir::create(&path, ExistingRun::Refuse, &written, RECIPE).unwrap();
    let read = || RunDir::open(&path).unwrap().read::<Manifest>().unwrap();
    assert_eq!(read(), written);
    assert_eq!((read().status, read().finished), (Status::Running, None));
    run.finish(&mut written, Status::Interrupted).unwrap();
    assert_eq!(read(), written);
    assert!(read().finished >= Some(read().created));
}

#[test]
fn documents_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let (run, _) = whole_run(&folder.path().join("a"));
    assert_eq!(run.read_recipe().unwrap(), "seed = 7\n");
    let measured = |value: f64| Measurement {
        value,
        unit: "nats".into(),
        least: f64::NEG_INFINITY,
        greatest: f64::INFINITY,
        direction: "lower".into(),
        split: "valid".into(),
        samples: 10,
        standard_error: Some(0.1),
        of: None,
    };
    let values = [("total", 1.0 / 3.0), ("psnr", f64::INFINITY)];
    let split = SplitMetrics {
        images: 10,
        weights_sha256: "ab".into(),
        metrics: values.map(|(name, value)| (name.to_owned(), measured(value))).into(),
        notes: vec!["no likelihood".into()],
    };
    let metrics = Metrics { splits: [("valid".to_owned(), split)].into() };
    run.write(&metrics).unwrap();
    assert_eq!(run.read::<Metrics>().unwrap(), metrics);
    assert_eq!(run.events().unwrap().lines.len(), 1);
}

#[test]
fn a_run_is_not_overwritten_unless_that_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    whole_run(&path);
    let before = files_below(&path);
    let error = RunDir::create(&path, ExistingRun::Refuse, &manifest(), RECIPE).unwrap_err();
    assert!(matches!(error, Error::HoldsRun { .. }), "{error}");
    assert_eq!(files_below(&path), before);
}

#[test]
fn overwriting_removes_the_run_s_own_files_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    whole_run(&path);
    let foreign =
        ["notes.txt", "figures/Sketch.PNG", "checkpoints/last/mine.txt", "data/weights.safetensors"];
    for name in foreign {
        fs::create_dir_all(path.join(name).parent().unwrap()).unwrap();
        fs::write(path.join(name), "mine").unwrap();
    }
    fs::write(path.join(".latentlab-0aZ9.tmp"), "left by a kill").unwrap();
    RunDir::create(&path, ExistingRun::Overwrite, &manifest(), RECIPE).unwrap();
    // Who works on the run stays.
    let own = ["manifest.json", "recipe.toml", "lock", "claim"];
    let expected = foreign.into_iter().chain(own).map(str::to_owned).collect();
    assert_eq!(files_below(&path), expected);
    assert!(!path.join("checkpoints/best").exists());
    assert_eq!(RunDir::open(&path).unwrap().read::<Manifest>().unwrap().status, Status::Running);
}

#[cfg(unix)]
#[test]
fn overwriting_does_not_reach_through_links() {
    let folder = tempfile::tempdir().unwrap();
    let (path, elsewhere) = (folder.path().join("a"), folder.path().join("elsewhere"));
    RunDir::create(&path, ExistingRun::Refuse, &manifest(), RECIPE).unwrap();
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("mine.png"), "mine").unwrap();
    std::os::unix::fs::symlink(&elsewhere, path.join("figures")).unwrap();
    RunDir::create(&path, ExistingRun::Overwrite, &manifest(), RECIPE).unwrap();
    assert!(elsewhere.join("mine.png").exists());
}

#[test]
fn a_folder_that_holds_something_else_is_never_taken() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.tex"), "years").unwrap();
    for existing in [ExistingRun::Refuse, ExistingRun::Overwrite] {
        let error = RunDir::create(folder.path(), existing, &manifest(), RECIPE).unwrap_err();
        assert!(error.to_string().contains("holds \"thesis.tex\""), "{error}");
    }
    assert_eq!(files_below(folder.path()), BTreeSet::from(["thesis.tex".to_owned()]));
}

#[test]
fn a_run_cut_short_before_its_recipe_was_written_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let run = RunDir::create(&path, ExistingRun::Refuse, &manifest(), RECIPE).unwrap();
    fs::remove_file(path.join("recipe.toml")).unwrap();
    let error = RunDir::open(&path).unwrap_err().to_string();
    assert!(error.contains("its training was cut short before it began"), "{error}");
    RunDir::create(&path, ExistingRun::Refuse, &manifest(), RECIPE).unwrap();

    // Not so where there is something to lose.
    run.save_checkpoint(Slot::Last, &Checkpoint { weights: b"w".into(), ..Checkpoint::default() }).unwrap();
    fs::remove_file(path.join("recipe.toml")).unwrap();
    let error = RunDir::create(&path, ExistingRun::Refuse, &manifest(), RECIPE).unwrap_err();
    assert!(matches!(error, Error::HoldsRun { .. }), "{error}");
}

#[test]
fn an_empty_folder_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".latentlab-0aZ9.tmp"), "left by a kill").unwrap();
    RunDir::create(folder.path(), ExistingRun::Refuse, &manifest(), RECIPE).unwrap();
}

#[test]
fn what_is_not_a_run_is_refused_with_what_was_expected() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    for (path, reason) in [
        (folder.path().join("absent"), "is not a run: there is no such folder"),
        (file.clone(), "is not a run: it is a file; a run is a folder"),
        (empty, "is not a run: it is empty; expected manifest.json in it"),
        (folder.path().to_owned(), "perhaps more, but no manifest.json"),
        (file.join("below"), "a part of the path is a file, not a folder"),
    ] {
        let error = RunDir::open(&path).unwrap_err().to_string();
        assert!(error.starts_with(&path.display().to_string()) && error.contains(reason), "{error}");
    }
    let error = RunDir::create(&file, ExistingRun::Overwrite, &manifest(), RECIPE).unwrap_err().to_string();
    assert!(error.contains("cannot create the folder: something of that name is in the way"), "{error}");
    let below = RunDir::create(file.join("below"), ExistingRun::Overwrite, &manifest(), RECIPE).unwrap_err();
    assert!(below.to_string().contains("is a file, not a folder"), "{below}");
}

#[test]
fn a_manifest_that_cannot_be_trusted_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    RunDir::create(&path, ExistingRun::Refuse, &manifest(), RECIPE).unwrap();
    let file = path.join("manifest.json");
    let good = fs::read_to_string(&file).unwrap();
    for (text, expected) in [
        (
            good.replace("\"schema\": 1", "\"schema\": 12"),
            "has schema 12, this program reads schema 1; a newer",
        ),
        (good.replace("\"schema\": 1,", ""), "missing field `schema`"),
        (good.replace("running", "strolling"), "unknown variant `strolling`, expected one of `running`"),
        (good.replace("\"seed\": 7", "\"seed\": -7"), "line 6, column 12: invalid value: integer `-7`"),
        (good[..good.len() / 2].to_owned(), "EOF while parsing"),
        (String::new(), "line 1, column 0: EOF while parsing a value"),
    ] {
        fs::write(&file, text).unwrap();
        let error = RunDir::open(&path).unwrap_err().to_string();
        assert!(error.starts_with(&file.display().to_string()) && error.contains(expected), "{error}");
    }
}

#[test]
fn sealed_files_are_hashed_at_the_end_and_changes_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let (run, mut manifest) = whole_run(&folder.path().join("a"));
    let sealed: Vec<&str> = manifest.files.keys().map(String::as_str).collect();
    let checkpoints = ["best", "last"].map(|slot| {
        ["checkpoint.json", "optimizer.safetensors", "training-weights.safetensors", "weights.safetensors"]
            .map(|name| format!("checkpoints/{slot}/{name}"))
    });
    let mut expected: Vec<&str> = checkpoints.iter().flatten().map(String::as_str).collect();
    expected.extend(["events.jsonl", "images.csv", "recipe.toml"]);
    assert_eq!(sealed, expected);
    assert!(run.altered(&manifest).is_empty());

    run.write(&Metrics::default()).unwrap(); // later verbs add files of their own
    assert!(run.altered(&manifest).is_empty());

    run.write_recipe("seed = 8\n").unwrap();
    fs::remove_file(run.path().join("checkpoints/best/weights.safetensors")).unwrap();
    let digest = manifest.files["recipe.toml"].clone();
    manifest.files.insert("../elsewhere".into(), digest);
    let messages: Vec<String> =
        run.altered(&manifest).iter().map(|altered| format!("{}: {}", altered.path, altered.error)).collect();
    assert_eq!(messages.len(), 3, "{messages:?}");
    assert!(
        messages[0].starts_with("../elsewhere: ") && messages[0].ends_with("no run has a file of that name")
    );
    assert!(messages[1].contains("it does not exist"));
    assert!(messages[2].starts_with("recipe.toml: ") && messages[2].contains("is damaged: expected SHA-256"));
}

#[test]
fn a_figure_s_name_stays_below_figures() {
    let folder = tempfile::tempdir().unwrap();
    let run = RunDir::create(folder.path().join("a"), ExistingRun::Refuse, &manifest(), RECIPE).unwrap();
    for name in ["", "../up", "a/b", "a.b", "A", "ü", &"x".repeat(65)] {
        let error = run.write_figure(name, FigureFormat::Png, b"").unwrap_err();
        assert!(matches!(error, Error::Name { .. }), "{error}");
    }
    let path = run.write_figure("loss-curves_2", FigureFormat::Svg, b"").unwrap();
    assert_eq!(path, run.path().join("figures/loss-curves_2.svg"));
}

#[test]
fn a_recipe_that_is_not_text_is_placed() {
    let folder = tempfile::tempdir().unwrap();
    let run = RunDir::create(folder.path().join("a"), ExistingRun::Refuse, &manifest(), RECIPE).unwrap();
    fs::remove_file(run.path().join("recipe.toml")).unwrap();
    assert!(run.read_recipe().unwrap_err().is_not_found());
    fs::write(run.path().join("recipe.toml"), b"a = 1\nb = \xff").unwrap();
    let error = run.read_recipe().unwrap_err().to_string();
    assert!(error.ends_with("recipe.toml: line 2, column 5: the text is not UTF-8"), "{error}");
}
