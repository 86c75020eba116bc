//! Statistics against scikit-learn, SciPy and numerical integration on stored cases
//! (`scripts/analysis_statistics_cases.py`), identities, and their behaviour on awkward input.

mod anomaly;
mod clusters;
mod disentanglement;
mod generation;
mod likelihood;
mod posterior;
mod samplers;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Numbers that the references read as they stand here.
#[derive(Clone, Deserialize)]
struct Numbers {
    columns: usize,
    values: Vec<f32>,
}

impl Numbers {
    fn table(&self) -> analysis::Table<'_> {
        analysis::Table::new(&self.values, self.columns).unwrap()
    }
}

/// The stored cases of one section.
fn cases<T: DeserializeOwned>(section: &str) -> Vec<T> {
    let all: serde_json::Value = serde_json::from_str(include_str!("../statistics.json")).unwrap();
    let found: Vec<T> = serde_json::from_value(all[section].clone()).unwrap();
    assert!(!found.is_empty(), "{section}");
    found
}

/// Relative difference ≤ 1e-5 (of 1 for smaller values than that: a silhouette of 1e-20 is 0).
#[track_caller]
fn close(ours: f64, theirs: f64, what: &str) {
    let difference = (ours - theirs).abs() / theirs.abs().max(1e-3);
    assert!(difference <= 1e-5, "{what}: {ours}, not {theirs} (relative {difference:e})");
}

#[track_caller]
fn all_close(ours: &[f64], theirs: &[f64], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    ours.iter().zip(theirs).for_each(|(ours, theirs)| close(*ours, *theirs, what));
}

/// Runs `measure` on 1 and 3 threads: the same to the bit.
#[track_caller]
fn same_on_any_threads<T: PartialEq + std::fmt::Debug + Send>(measure: impl Fn() -> T + Sync) {
    let on =
        |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(&measure);
    assert_eq!(on(1), on(3));
}

/// Draws of N(0, 1), the same on every machine.
fn normals(seed: u64, count: usize) -> Vec<f32> {
    let mut values = vec![0.0; count];
    random::Stream::new(seed, "test values").normals(0, 0, &mut values);
    values
}
