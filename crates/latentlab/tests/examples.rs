//! Every example runs, one after the other on the run that the first one trains.
#![allow(dead_code)] // each has a main of its own

#[path = "../examples/compare.rs"]
mod compare;
#[path = "../examples/embed.rs"]
mod embed;
#[path = "../examples/evaluate.rs"]
mod evaluate;
#[path = "../examples/map.rs"]
mod map;
#[path = "../examples/report.rs"]
mod report;
#[path = "../examples/score.rs"]
mod score;
#[path = "../examples/train.rs"]
mod train;

#[test]
fn every_example_runs() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let run = folder.path().join("run");
    train::example(&run)?;
    embed::example(&run)?;
    evaluate::example(&run)?;
    report::example(&run)?;
    map::example(&run, &folder.path().join("map.png"))?;
    score::example(&run, &folder.path().join("scores.csv"))?;
    compare::example(&[run.clone(), run], &folder.path().join("comparison"))?;
    Ok(())
}
