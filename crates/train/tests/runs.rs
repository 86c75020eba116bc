//! What a training leaves in its run directory, and how it is opened again.

mod small;

use run::{Event, ExistingRun, Manifest, RunDir, Slot, Status};
use small::{GO, open, recipe, threads, train_in};
use train::{Ending, open_run};

fn finished(overrides: &[&str]) -> (tempfile::TempDir, RunDir, train::Outcome) {
    let folder = tempfile::tempdir().unwrap();
    let (dir, outcome) = train_in(&folder.path().join("run"), overrides, &mut (), &GO);
    let outcome = outcome.unwrap();
    (folder, dir, outcome)
}

#[test]
fn a_run_holds_recipe_manifest_events_and_checkpoints() {
    let (_folder, dir, outcome) = finished(&["training.epochs=3"]);
    assert_eq!(outcome.ending, Ending::Completed);

    let manifest: Manifest = dir.read().unwrap();
    assert_eq!((manifest.status, manifest.seed, manifest.recipe.as_str()), (Status::Completed, 3, "small"));
    assert_eq!((manifest.epochs.asked, manifest.epochs.done), (3, 3));
    assert_eq!(manifest.data.name, "synthetic-digits");
    let images: Vec<_> = manifest.data.images.iter().map(|(name, n)| (name.as_str(), *n)).collect();
    assert_eq!(images, [("test", 30), ("train", 243), ("valid", 27)]);
    assert!(manifest.seconds["training"] > 0.0 && manifest.seconds["validation"] > 0.0);
    assert!(manifest.files.contains_key("checkpoints/best/weights.safetensors"));
    assert!(dir.altered(&manifest).is_empty());

    let written = train::Recipe::parse(&dir.read_recipe().unwrap(), "recipe.toml", &[]).unwrap();
    assert_eq!(written, recipe(&["training.epochs=3"]));

    let events: Vec<Event> = dir.events().unwrap().lines.into_iter().map(|line| line.event).collect();
    assert!(matches!(&events[0], Event::RunStarted { epochs: 3, epoch: 0, .. }));
    assert!(matches!(events.last(), Some(Event::Finished { epoch: 3, step: 24, .. })));
    let epochs: Vec<&run::Epoch> =
        events.iter().filter_map(|e| if let Event::Epoch(epoch) = e { Some(epoch) } else { None }).collect();
    assert_eq!(epochs.iter().map(|epoch| epoch.epoch).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(epochs[2], &outcome.last.unwrap());
    assert_eq!(epochs[0].train.keys().collect::<Vec<_>>(), ["kl", "reconstruction", "total"]);
    let saved = |wanted| {
        events.iter().filter(|e| matches!(e, Event::Checkpoint { slot, .. } if *slot == wanted)).count()
    };
    assert_eq!(saved(Slot::Last), 3);
    assert!(saved(Slot::Best) >= 1);

    let last = dir.load_checkpoint(Slot::Last).unwrap().checkpoint;
    assert_eq!((last.epoch, last.step), (3, 24));
    assert!(last.optimizer.is_some() && last.state["plateau_factor"] == 1.0);
}

#[test]
fn the_best_weights_evaluate_to_the_total_that_made_them_the_best() {
    let (_folder, dir, outcome) = finished(&["data.input.noise=0.3", "optimizer.learning_rate=0.05"]);
    let best = outcome.best.unwrap();
    let splits = open(&recipe(&["data.input.noise=0.3"]));
    let mut trained = open_run(&dir, None, threads(3)).unwrap();
    assert_eq!((trained.slot, trained.epoch), (Slot::Best, best.epoch));
    assert!(trained.warnings.is_empty());
    let terms = trained.evaluate(&splits.valid).unwrap();
    assert!((terms.total() - best.total).abs() < 1e-4 * best.total, "{} {}", terms.total(), best.total);
    assert_eq!(trained.evaluate(&splits.valid).unwrap(), terms);
    assert_eq!(terms.images, 27);

    let mut last = open_run(&dir, Some(Slot::Last), threads(1)).unwrap();
    let terms = last.evaluate(&splits.valid).unwrap();
    let expected = outcome.last.unwrap().valid["total"];
    assert!((terms.total() - expected).abs() < 1e-4 * expected);
    let seen = last.source(&splits.test);
    assert_eq!(last.model.encode_from(&seen, 30).mean.len(), 60);
    assert_eq!(last.model.reconstruct_from(&seen, 30).len(), 30 * 256);

    let other = data::synthetic_digits(10, 28, 0).unwrap();
    let message = last.evaluate(&other).unwrap_err().to_string();
    assert_eq!(message, "images are 28 × 28 × 1, the network takes 16 × 16 × 1");
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let (_folder, dir, _) = finished(&["training.epochs=1"]);
    let path = dir.path().display().to_string();
    let open = || open_run(&dir, None, threads(1)).map(drop).map_err(|error| error.to_string());
    let text = dir.read_recipe().unwrap();

    dir.write_recipe(&text.replace("size = 2 }", "size = 3 }")).unwrap();
    let expected =
        format!("{path}: latent of the weights is not that of the recipe: they belong to different runs");
    assert_eq!(open(), Err(expected));

    dir.write_recipe(&text.replace("epochs = 1", "epochs = 0")).unwrap();
    let message = open().unwrap_err();
    assert!(message.starts_with(&path) && message.contains("training.epochs = 0: must lie"), "{message}");
    dir.write_recipe(&text).unwrap();

    let mut checkpoint = dir.load_checkpoint(Slot::Best).unwrap().checkpoint;
    checkpoint.weights.truncate(100);
    dir.save_checkpoint(Slot::Best, &checkpoint).unwrap();
    let expected = format!("{path}: checkpoint: not a whole safetensors file: it ends inside its header");
    assert_eq!(open(), Err(expected));

    let (mut trainer, _) = small::trainer(&["optimizer.kind=sgd"], threads(1));
    let message = trainer.resume(&dir).unwrap_err().to_string();
    assert!(message.ends_with("metadata optimizer = adam: expected the state of sgd"), "{message}");
    let (mut trainer, _) = small::trainer(&["training.batch_size=10"], threads(1));
    let message = trainer.resume(&dir).unwrap_err().to_string();
    assert!(message.contains("says 8 steps in 1 epochs, but an epoch"), "{message}");
}

#[test]
fn a_damaged_best_checkpoint_falls_back_with_a_warning() {
    let (_folder, dir, _) = finished(&["training.epochs=4"]);
    let best = dir.load_checkpoint(Slot::Best).unwrap().checkpoint;
    dir.save_checkpoint(Slot::Best, &best).unwrap();
    std::fs::write(dir.path().join("checkpoints/best/weights.safetensors"), b"torn").unwrap();
    let trained = open_run(&dir, None, threads(1)).unwrap();
    assert_eq!((trained.slot, trained.warnings.len()), (Slot::Best, 1));
    assert!(trained.warnings[0].contains("is damaged"), "{:?}", trained.warnings);
}

#[test]
fn images_of_another_shape_are_refused() {
    let recipe = recipe(&[]);
    let plan = recipe.check(recipe.input_shape().unwrap()).unwrap();
    let other = open(&small::recipe(&["data.size=20", "model.decoder[1].units=400"]));
    let message = train::Trainer::new(plan, &other, threads(1)).err().unwrap().to_string();
    assert_eq!(message, "training images are 20 × 20 × 1, the network takes 16 × 16 × 1");
}

/// Memory of this process in bytes, where the system tells.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}

/// Notes the memory at two epochs.
struct Scales {
    at: [u64; 2],
    found: Vec<u64>,
}

impl train::Observer for Scales {
    fn epoch(&mut self, epoch: &train::EpochReport<'_>) {
        if self.at.contains(&epoch.record.epoch) {
            self.found.extend(resident());
        }
    }
}

#[test]
fn ten_thousand_steps_take_no_more_memory_nor_files_than_a_thousand() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str, epochs: u64, observer: &mut Scales| {
        let epochs = format!("training.epochs={epochs}");
        let overrides = [epochs.as_str(), "training.batch_size=2"]; // 122 steps an epoch
        let (dir, outcome) = train_in(&folder.path().join(name), &overrides, observer, &GO);
        assert!(outcome.is_ok());
        let events = std::fs::metadata(dir.path().join("events.jsonl")).unwrap().len();
        let files = std::fs::read_dir(dir.path()).unwrap().count();
        (files, events)
    };
    let mut scales = Scales { at: [9, 85], found: Vec::new() };
    let (files, events) = run("long", 85, &mut scales);
    let (few_files, few_events) = run("short", 5, &mut Scales { at: [0; 2], found: Vec::new() });
    assert_eq!(files, few_files);
    assert!(events < few_events * 17, "{events} bytes of events after 85 epochs, {few_events} after 5");
    match scales.found[..] {
        [early, late] => {
            assert!(late < early + (1 << 20), "{early} bytes after 1,098 steps, {late} after 10,370");
        }
        _ => eprintln!("skipped: this system does not tell how much memory a process has"),
    }
}

#[test]
fn no_epochs_are_refused_as_such_whatever_the_schedule() {
    let folder = tempfile::tempdir().unwrap();
    for (name, schedule) in [("a", "constant"), ("b", "cosine")] {
        let recipe = recipe(&[&format!("optimizer.schedule={{ kind = \"{schedule}\" }}")]).to_toml().unwrap();
        let (path, manifest) = (folder.path().join(name), Manifest::new("p", "r", 0));
        let run = RunDir::create(path, ExistingRun::Refuse, &manifest, &recipe).unwrap();
        let message = train::recipe_of(&run, Some(0)).unwrap_err().to_string();
        assert_eq!(message, "command line: training.epochs = 0: must lie between 1 and 1000000");
    }
}
