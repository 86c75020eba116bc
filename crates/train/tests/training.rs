//! The loop: it learns, repeats to the bit, stops when it should, and goes on where it stopped.

mod small;

use std::sync::atomic::{AtomicBool, Ordering};

use small::{GO, threads, train_in, trainer};
use train::{Ending, EpochReport, Observer, Record, StartReport, StepReport, TrainError};

fn weights(overrides: &[&str], compute: train::Compute) -> Vec<u8> {
    let (mut trainer, _) = trainer(overrides, compute);
    trainer.train(&mut Record::none(), &mut (), &GO).unwrap();
    trainer.into_model().to_safetensors().unwrap()
}

/// Keeps what it hears, and raises a flag at a step.
#[derive(Default)]
struct Diary<'a> {
    starts: Vec<StartReport>,
    steps: Vec<StepReport>,
    epochs: Vec<run::Epoch>,
    notices: Vec<String>,
    stop_at: Option<(usize, &'a AtomicBool)>,
}

impl Observer for Diary<'_> {
    fn started(&mut self, start: &StartReport) {
        self.starts.push(start.clone());
    }
    fn step(&mut self, step: &StepReport) {
        self.steps.push(step.clone());
        if let Some((at, flag)) = self.stop_at {
            flag.store(self.steps.len() == at, Ordering::Relaxed);
        }
    }
    fn epoch(&mut self, epoch: &EpochReport<'_>) {
        self.epochs.push(epoch.record.clone());
    }
    fn notice(&mut self, message: &str) {
        self.notices.push(message.to_owned());
    }
}

fn train_all(overrides: &[&str]) -> (Diary<'static>, train::Outcome) {
    let (mut trainer, _) = trainer(overrides, threads(2));
    let mut diary = Diary::default();
    let outcome = trainer.train(&mut Record::none(), &mut diary, &GO).unwrap();
    (diary, outcome)
}

#[test]
fn training_reduces_every_kind_of_loss() {
    let deterministic = "model.latent={ kind = \"deterministic\" }";
    let kinds: [&[&str]; 6] = [
        &[],
        &[deterministic, "objective.code_l1=0.01"],
        &[deterministic, "data.input={ noise = 0.3 }", "objective.reconstruction.reduction=mean"],
        &["objective.reconstruction.loss=squared_error", "data.input.binarise=threshold"],
        &["objective.reconstruction={ loss = \"gaussian\", sigma = { learned = 1.0 } }"],
        &["optimizer.kind=rmsprop", "optimizer.clip_norm=1.0", "data.input.binarise=stochastic"],
    ];
    for overrides in kinds {
        let (diary, outcome) = train_all(overrides);
        let totals: Vec<f64> = diary.epochs.iter().map(|epoch| epoch.valid["total"]).collect();
        assert!(totals[3] < totals[0], "{overrides:?}: {totals:?}");
        assert_eq!(outcome.best.unwrap().total, totals.iter().copied().fold(f64::MAX, f64::min));
        for terms in diary.epochs.iter().flat_map(|epoch| [&epoch.train, &epoch.valid]) {
            let sum: f64 = terms.iter().filter(|(name, _)| *name != "total").map(|(_, term)| term).sum();
            assert!((sum - terms["total"]).abs() < 1e-9 * terms["total"].abs(), "{terms:?}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bits_on_one_two_and_three_threads() {
    let overrides = ["training.epochs=7", "optimizer.clip_norm=5.0", "data.input.noise=0.2"]; // 56 steps
    let first = weights(&overrides, threads(1));
    for n in [2, 3] {
        assert_eq!(weights(&overrides, threads(n)), first, "{n} threads");
    }
    let other = [&overrides[..], &["seed=4"]].concat();
    assert_ne!(weights(&other, threads(1)), first);
}

#[test]
fn observers_hear_of_every_step_and_epoch() {
    let (diary, outcome) = train_all(&["objective.kl.warmup_epochs=2", "training.epochs=3"]);
    let start = &diary.starts[0];
    assert_eq!((start.train_images, start.valid_images, start.steps_per_epoch), (243, 27, 8));
    assert_eq!(start.parameters, 256 * 24 + 24 + 2 * (24 * 2 + 2) + 2 * 24 + 24 + 24 * 256 + 256);
    assert_eq!((diary.steps.len(), diary.epochs.len(), diary.starts.len()), (24, 3, 1));
    for (i, step) in diary.steps.iter().enumerate() {
        assert_eq!((step.epoch, step.step), (1 + i as u64 / 8, 1 + i as u64 % 8));
        assert_eq!(step.terms.images, if i % 8 == 7 { 243 } else { 32 * (i % 8 + 1) });
        assert!(step.images_per_second > 0.0 && step.time_left.as_secs() < 60);
    }
    let weights: Vec<f64> = diary.epochs.iter().filter_map(|epoch| epoch.kl_weight).collect();
    assert_eq!(weights, [7.0 / 16.0, 15.0 / 16.0, 1.0]);
    assert_eq!(diary.epochs[2].train["total"], diary.steps[23].terms.total());
    assert_eq!((outcome.ending, outcome.epochs, outcome.steps), (Ending::Completed, 3, 24));
}

#[test]
fn the_learning_rate_follows_its_schedule() {
    let (diary, _) = train_all(&["optimizer.schedule={ kind = \"step\", every_epochs = 2, factor = 0.1 }"]);
    let rates: Vec<f64> = diary.epochs.iter().map(|epoch| epoch.learning_rate).collect();
    let expected = [3e-3, 3e-3, 3e-4, 3e-4];
    assert!(rates.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15), "{rates:?}");
    assert_eq!(diary.steps[15].learning_rate, 3e-3);

    let plateau = "optimizer.schedule={ kind = \"reduce_on_plateau\", patience = 1, min_delta = 1e9 }";
    let (diary, _) = train_all(&[plateau]);
    let rates: Vec<f64> = diary.epochs.iter().map(|epoch| epoch.learning_rate).collect();
    assert!(rates.iter().zip([3e-3, 3e-3, 3e-4, 3e-5]).all(|(a, b)| (a - b).abs() < 1e-12), "{rates:?}");
    assert_eq!(diary.notices.len(), 3);
}

#[test]
fn training_stops_early_when_nothing_becomes_better() {
    let never = "training.early_stopping={ patience = 2, min_delta = 1e9 }";
    let (diary, outcome) = train_all(&["training.epochs=50", never]);
    assert_eq!((outcome.ending, outcome.epochs, diary.epochs.len()), (Ending::EarlyStopped, 3, 3));
    assert_eq!(outcome.status(), run::Status::Completed);
    let (_, outcome) = train_all(&["training.epochs=3", never]);
    assert_eq!(outcome.ending, Ending::Completed);
}

#[test]
fn an_interrupted_training_goes_on_to_the_same_weights() {
    let plateau = "optimizer.schedule={ kind = \"reduce_on_plateau\", patience = 1, min_delta = 5.0 }";
    let overrides = ["data.input.noise=0.2", plateau];
    let (mut whole, _) = trainer(&overrides, threads(1));
    let mut whole_diary = Diary::default();
    whole.train(&mut Record::none(), &mut whole_diary, &GO).unwrap();
    for stop_at in [1, 12, 16, 31] {
        let folder = tempfile::tempdir().unwrap();
        let stop = AtomicBool::new(false);
        let mut diary = Diary { stop_at: Some((stop_at, &stop)), ..Diary::default() };
        let (dir, outcome) = train_in(&folder.path().join("a"), &overrides, &mut diary, &stop);
        let outcome = outcome.unwrap();
        assert_eq!((outcome.ending, outcome.steps), (Ending::Interrupted, stop_at as u64));
        let manifest: run::Manifest = dir.read().unwrap();
        assert_eq!((manifest.status, manifest.epochs.done), (run::Status::Interrupted, stop_at as u64 / 8));

        let (mut again, _) = trainer(&overrides, threads(2));
        assert!(again.resume(&dir).unwrap().is_empty());
        let mut rest = Diary::default();
        let outcome = again.train(&mut Record::in_run(&dir).unwrap(), &mut rest, &GO).unwrap();
        assert_eq!((outcome.ending, outcome.steps, rest.steps.len()), (Ending::Completed, 32, 32 - stop_at));
        let last =
            |diary: &Diary| diary.epochs.last().map(|epoch| (epoch.train.clone(), epoch.valid.clone()));
        assert_eq!(last(&rest), last(&whole_diary), "stopped at {stop_at}");
    }
}

/// The average is what is validated and used, training does not notice it, and it goes on to the bit where it was cut.
#[test]
fn an_average_of_the_weights_is_used_saved_and_resumed() {
    let plain = ["training.batch_size=16", "training.accumulate=2"];
    let averaged = [&plain[..], &["training.average={ decay = 0.95 }"]].concat();
    let folder = tempfile::tempdir().unwrap();
    let train = |name: &str, overrides: &[&str]| {
        let mut diary = Diary::default();
        let (dir, outcome) = train_in(&folder.path().join(name), overrides, &mut diary, &GO);
        (dir, outcome.unwrap(), diary)
    };
    let last = |dir: &run::RunDir| dir.load_checkpoint(run::Slot::Last).unwrap().checkpoint;
    let best = |dir: &run::RunDir| dir.load_checkpoint(run::Slot::Best).unwrap().checkpoint;
    let (without, _, plain_diary) = train("plain", &plain);
    let (whole, outcome, diary) = train("averaged", &averaged);
    assert_eq!((diary.starts[0].average, plain_diary.starts[0].average), (Some(0.95), None));
    let trained = |diary: &Diary| diary.epochs.iter().map(|epoch| epoch.train.clone()).collect::<Vec<_>>();
    assert_eq!(trained(&diary), trained(&plain_diary));
    assert_eq!(last(&whole).training_weights, Some(last(&without).weights));
    assert_eq!((last(&without).training_weights, best(&whole).training_weights), (None, None));
    assert!(
        last(&whole).weights != last(&without).weights && last(&whole).optimizer == last(&without).optimizer
    );
    // What is opened gives the validation of the epoch that it is from.
    for slot in run::Slot::ALL {
        let mut model = train::open_run(&whole, Some(slot), threads(2)).unwrap();
        let (_, splits) = trainer(&averaged, threads(2));
        let valid = &diary.epochs[model.epoch as usize - 1].valid;
        let total = model.evaluate(&splits.valid).unwrap().total();
        assert!((total - valid["total"]).abs() < 1e-6 * total, "{slot:?}: {total} {valid:?}");
    }
    assert_eq!(
        outcome.best.unwrap().total,
        diary.epochs.iter().map(|e| e.valid["total"]).fold(f64::MAX, f64::min)
    );

    for stop_at in [3, 16] {
        let stop = AtomicBool::new(false);
        let mut diary = Diary { stop_at: Some((stop_at, &stop)), ..Diary::default() };
        let (cut, outcome) =
            train_in(&folder.path().join(format!("{stop_at}")), &averaged, &mut diary, &stop);
        assert_eq!(outcome.unwrap().steps, stop_at as u64);
        let (mut again, _) = trainer(&averaged, threads(1));
        assert!(again.resume(&cut).unwrap().is_empty());
        again.train(&mut Record::in_run(&cut).unwrap(), &mut (), &GO).unwrap();
        assert!(last(&cut) == last(&whole) && best(&cut) == best(&whole), "stopped at {stop_at}");
    }

    let mut checkpoint = last(&whole);
    checkpoint.training_weights = None;
    whole.save_checkpoint(run::Slot::Last, &checkpoint).unwrap();
    let (mut again, _) = trainer(&averaged, threads(1));
    let message = again.resume(&whole).unwrap_err().to_string();
    assert!(message.contains("has no training weights beside their average"), "{message}");
}

/// Batches that are accumulated train as one large batch does, a short last one included; the bounds are some hundred
/// roundings of an f32. Were the last batch of an epoch (243 = 3 · 64 + 51) weighted as a whole one, the totals would differ in
/// the third digit.
#[test]
fn accumulated_batches_train_as_a_larger_one() {
    let run = |numbers: &[&str]| {
        let overrides = [&["data.input.noise=0.2", "optimizer.clip_norm=5.0"], numbers].concat();
        let (mut trainer, _) = trainer(&overrides, threads(2));
        let mut diary = Diary::default();
        let outcome = trainer.train(&mut Record::none(), &mut diary, &GO).unwrap();
        (diary, outcome.steps)
    };
    let (large, steps) = run(&["training.batch_size=64"]);
    assert_eq!((steps, large.starts[0].steps_per_epoch), (16, 4));
    for numbers in [
        ["training.batch_size=32", "training.accumulate=2"],
        ["training.batch_size=16", "training.accumulate=4"],
    ] {
        let (small, steps) = run(&numbers);
        assert_eq!((steps, small.starts[0].steps_per_epoch, small.steps.len()), (16, 4, 16));
        for (a, b) in large.steps.iter().zip(&small.steps) {
            assert_eq!((a.epoch, a.step, a.terms.images), (b.epoch, b.step, b.terms.images));
            assert!((a.terms.total() - b.terms.total()).abs() < 1e-5 * a.terms.total(), "{a:?}\n{b:?}");
        }
        for (a, b) in large.epochs.iter().zip(&small.epochs) {
            assert!((a.valid["total"] - b.valid["total"]).abs() < 1e-5 * a.valid["total"], "{numbers:?}");
        }
    }
}

#[test]
fn a_loss_that_is_no_number_is_an_error_and_the_last_good_weights_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let steep = ["optimizer.kind=sgd", "optimizer.learning_rate=1e30"];
    let (dir, outcome) = train_in(&folder.path().join("a"), &steep, &mut (), &GO);
    let error = outcome.unwrap_err();
    assert!(matches!(error, TrainError::Diverged { epoch: 1, .. }), "{error}");
    assert!(error.to_string().contains("lower optimizer.learning_rate"), "{error}");
    assert!(error.to_string().ends_with("nothing was saved yet"), "{error}");
    assert!(train::open_run(&dir, None, threads(1)).is_err());
    let last = dir.events().unwrap().lines.pop().unwrap().event;
    assert!(matches!(last, run::Event::Warning { .. }));

    let (dir, _) =
        train_in(&folder.path().join("b"), &["optimizer.kind=sgd", "training.epochs=1"], &mut (), &GO);
    let (mut trainer, _) = trainer(&steep, threads(1));
    trainer.resume(&dir).unwrap();
    let error = trainer.train(&mut Record::in_run(&dir).unwrap(), &mut (), &GO).unwrap_err();
    assert!(matches!(error, TrainError::Diverged { epoch: 2, .. }), "{error}");
    assert!(error.to_string().ends_with("the weights after epoch 1 are kept"), "{error}");
    assert_eq!(train::open_run(&dir, Some(run::Slot::Last), threads(1)).unwrap().epoch, 1);
}

#[test]
fn health_a_collapsed_posterior_is_named_once() {
    let (diary, _) = train_all(&["objective.kl.weight=1000", "training.epochs=6"]);
    let notices: Vec<&String> = diary.notices.iter().filter(|n| n.contains("posterior collapse")).collect();
    assert_eq!(notices.len(), 1, "{:?}", diary.notices);
    assert!(notices[0].contains("try a smaller objective.kl.weight"), "{}", notices[0]);
    let (diary, _) = train_all(&[]);
    assert_eq!(diary.notices, Vec::<String>::new());
}

#[test]
fn health_dead_units_are_counted_and_named_once() {
    // A first step far too long leaves most units below 0 for every image.
    let (diary, _) = train_all(&["optimizer.learning_rate=2.0", "training.epochs=3"]);
    let notices: Vec<&String> = diary.notices.iter().filter(|n| n.contains("dead units")).collect();
    assert_eq!(notices.len(), 1, "{:?}", diary.notices);
    assert!(
        notices[0].contains(" of the 24 units of ") && notices[0].contains("leaky_relu"),
        "{}",
        notices[0]
    );
}

#[test]
fn a_training_that_explodes_names_the_tensor_in_which_it_shows() {
    let place = |overrides: &[&str]| {
        let overrides = [&["training.on_divergence=stop"], overrides].concat();
        let (mut trainer, _) = trainer(&overrides, threads(2));
        match trainer.train(&mut Record::none(), &mut (), &GO) {
            Err(TrainError::Diverged { place, .. }) => place,
            outcome => panic!("{outcome:?}"),
        }
    };
    let deterministic = "model.latent={ kind = \"deterministic\" }";
    // The encoder as it is in the recipe: its output is the code.
    let encoder =
        "model.encoder=[{ layer = \"flatten\" }, { layer = \"dense\", units = 24, activation = \"relu\" }]";
    for kind in ["sgd", "adam"] {
        let kind = format!("optimizer.kind={kind}");
        let place = place(&[&kind, "optimizer.learning_rate=5", deterministic, encoder]);
        assert_eq!(place, "the largest gradient is that of decoder.0.kernel", "{kind}");
    }
    let place = place(&["optimizer.kind=sgd", "optimizer.learning_rate=0.2"]);
    assert!(place.starts_with("the gradient of decoder.1.") && place.ends_with("not finite"), "{place}");
}

#[test]
fn a_rolled_back_training_resumes_to_the_same_weights() {
    let overrides = ["optimizer.kind=sgd", "optimizer.learning_rate=0.2", "training.epochs=3"];
    let folder = tempfile::tempdir().unwrap();
    let (whole, outcome) = train_in(&folder.path().join("whole"), &overrides, &mut (), &GO);
    outcome.unwrap();
    let dropped = |event: &run::Event| matches!(event, run::Event::LearningRate { reason, .. } if reason == "divergence");
    assert!(whole.events().unwrap().lines.iter().any(|line| dropped(&line.event)), "it did not diverge");

    let stop = AtomicBool::new(false);
    let mut diary = Diary { stop_at: Some((15, &stop)), ..Diary::default() };
    let (cut, outcome) = train_in(&folder.path().join("cut"), &overrides, &mut diary, &stop);
    assert_eq!(outcome.unwrap().ending, Ending::Interrupted);
    let (mut again, _) = trainer(&overrides, threads(3));
    again.resume(&cut).unwrap();
    again.train(&mut Record::in_run(&cut).unwrap(), &mut (), &GO).unwrap();
    let last = |dir: &run::RunDir| dir.load_checkpoint(run::Slot::Last).unwrap().checkpoint.weights;
    assert!(last(&whole) == last(&cut));
}

/// Images change from epoch to epoch, the same way on any number of threads and after an interruption, and not where they
/// validate.
#[test]
fn augmentation_repeats_to_the_bit_and_spares_the_validation() {
    let augmented =
        ["data.augment={ flip = \"both\", shift = 0.2, rotate = 20.0, contrast = 0.3, cut_out = 0.3 }"];
    assert_eq!(weights(&augmented, threads(1)), weights(&augmented, threads(2)));
    assert_ne!(weights(&augmented, threads(1)), weights(&[], threads(1)));
    let [changed, plain] = [&augmented[..], &[]].map(|overrides| trainer(overrides, threads(1)).0.validate());
    assert_eq!(changed, plain);

    let folder = tempfile::tempdir().unwrap();
    let (whole, _) = train_in(&folder.path().join("whole"), &augmented, &mut (), &GO);
    let stop = AtomicBool::new(false);
    let mut diary = Diary { stop_at: Some((11, &stop)), ..Diary::default() };
    let (cut, _) = train_in(&folder.path().join("cut"), &augmented, &mut diary, &stop);
    let (mut again, _) = trainer(&augmented, threads(2));
    assert!(again.resume(&cut).unwrap().is_empty());
    again.train(&mut Record::in_run(&cut).unwrap(), &mut (), &GO).unwrap();
    let last = |dir: &run::RunDir| dir.load_checkpoint(run::Slot::Last).unwrap().checkpoint;
    assert!(last(&cut) == last(&whole));
}

#[test]
fn augmentation_is_refused_where_images_lack_what_it_changes() {
    let hue = ["data.augment.hue=0.1".parse().unwrap()];
    let message = train::Recipe::parse(small::RECIPE, "small.toml", &hue).unwrap_err().to_string();
    assert!(message.contains("data.augment.hue = 0.1: is for images of three channels"), "{message}");
}
