//! Trains a recipe without a run directory and prints what each epoch gave:
//! `cargo run --release -p latentlab-train --example train_recipe -- mnist-mlp-vae [key=value …]`.

use std::sync::atomic::AtomicBool;

use train::{Compute, EpochDone, Observer, Override, Recipe, Record, Trainer};

struct Lines;

impl Observer for Lines {
    fn epoch(&mut self, epoch: &EpochDone<'_>) {
        let run::Epoch { epoch: number, train, valid, images_per_second, seconds, .. } = epoch.record;
        let show = |terms: &run::Terms| {
            let show = |(name, value): (&String, &f64)| format!("{name} {value:.3}");
            terms.iter().map(show).collect::<Vec<_>>().join("  ")
        };
        println!(
            "{number:>3}  train {}  valid {}  {images_per_second:.0} images/s  {seconds:.2} s",
            show(train),
            show(valid)
        );
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| train::DEFAULT_RECIPE.to_owned());
    let overrides: Vec<Override> = arguments.map(|text| text.parse()).collect::<Result<_, _>>()?;
    let recipe = Recipe::open(&name, &overrides)?;
    let splits = data::open(&recipe.data, &data::DataDirs::from_environment(None), &mut |_event| ())?;
    let plan = recipe.check(splits.train.shape())?;
    println!("{}", model::Summary::new(plan.network())?);
    let mut trainer = Trainer::new(plan, &splits, Compute::default())?;
    let outcome = trainer.train(&mut Record::none(), &mut Lines, &AtomicBool::new(false))?;
    println!(
        "{:?} after {} epochs, best {:?}, {:?}",
        outcome.ending, outcome.epochs, outcome.best, outcome.seconds
    );
    Ok(())
}
