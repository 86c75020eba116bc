//! The page computes what the engine computes: its own worker, in a browser, over every layer, networks drawn from seeds,
//! and every recipe.

mod browser;
mod cases;

use std::collections::BTreeSet;

use network::{Activation, Layer};
use serde_json::json;

use browser::{Kernels, Weights};
use cases::Case;

/// Of numbers in single precision, relative to the larger of 1 and the number.
const TOLERANCE: f32 = 1e-5;
/// Times what the engine's own kernels differ by among themselves, where that is more: networks of many layers round more.
const OF_ROUNDING: f32 = 4.0;
/// Of a pixel in [0, 1], where weights have 24 bits: `explore` keeps 32 where it would be more.
const PIXEL_TOLERANCE: f32 = 1e-4;

/// The largest difference, relative to the larger of 1 and the truth.
fn difference(found: &[f32], truth: &[f32]) -> f32 {
    assert_eq!(found.len(), truth.len());
    let relative = |(found, truth): (&f32, &f32)| {
        let difference = (found - truth).abs() / truth.abs().max(1.0);
        if difference.is_nan() { f32::INFINITY } else { difference }
    };
    std::iter::zip(found, truth).map(relative).fold(0.0, f32::max)
}

fn check(cases: &[&Case], kernels: Kernels) {
    let Some(outcomes) = browser::outcomes(cases, Weights::Exact, kernels) else { return };
    let mut largest = 0.0f32;
    for (case, found) in std::iter::zip(cases, outcomes) {
        let (truth, again, name) = (&case.truth, &case.again, &case.name);
        assert_eq!(found.log_var.is_some(), truth.log_var.is_some(), "{name}");
        let log_vars =
            [&found.log_var, &truth.log_var, &again.log_var].map(|all| all.clone().unwrap_or_default());
        for (what, found, truth, again) in [
            ("the mean", &found.mean, &truth.mean, &again.mean),
            ("the log variance", &log_vars[0], &log_vars[1], &log_vars[2]),
            ("a pixel", &found.pixels, &truth.pixels, &again.pixels),
            ("the loss", &found.losses, &truth.losses, &again.losses),
        ] {
            let (difference, rounding) = (difference(found, truth), difference(again, truth));
            let most = TOLERANCE.max(OF_ROUNDING * rounding);
            assert!(
                difference <= most,
                "{kernels:?}: {name}: {what} differs by {difference:e}, more than {most:e}"
            );
            largest = largest.max(difference);
        }
    }
    println!("{kernels:?}: {} networks: the largest difference is {largest:e}", cases.len());
}

#[test]
fn the_page_agrees_with_the_engine_on_every_layer_and_on_drawn_networks() {
    let all = [cases::layers(), cases::activations(), cases::tiles(), cases::graphs(100)].concat();
    let all: Vec<_> = all.iter().collect();
    check(&all, Kernels::Vectors);
    check(&all, Kernels::Plain);
}

#[test]
fn the_page_agrees_with_the_engine_on_every_recipe() {
    let cases = cases::recipes();
    let cases: Vec<_> = cases.iter().collect();
    check(&cases, Kernels::Vectors);
    let Some(outcomes) = browser::outcomes(&cases, Weights::Rounded, Kernels::Vectors) else { return };
    let mut rounded = 0;
    for (case, found) in std::iter::zip(&cases, outcomes) {
        let pixels = std::iter::zip(&found.pixels, &case.truth.pixels);
        let largest = pixels.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        println!("{}: with weights of 24 bits a pixel differs by {largest:e}", case.name);
        let may_be_rounded = case.of_24_bits <= PIXEL_TOLERANCE;
        // What rounding costs is the same here and there: beside it the page's own rounding is small.
        let most = if may_be_rounded { PIXEL_TOLERANCE } else { 1.1 * case.of_24_bits };
        assert!(largest <= most, "{}: {largest:e}, more than {most:e}", case.name);
        rounded += usize::from(may_be_rounded);
    }
    assert!(rounded + 1 >= cases.len(), "{rounded} of {} recipes are kept in 24 bits", cases.len());
}

#[test]
fn a_single_code_overtakes_many_and_what_cannot_be_computed_is_refused() {
    let Some(conduct) = browser::answer("conduct", &[&cases::small()], Weights::Exact, Kernels::Vectors)
    else {
        return;
    };
    assert_eq!(conduct["order"], json!(["single", "many"]));
    let reasons = ["decode: 4 values are no whole number of 3", "no layer \"new\" is known", "answered"];
    assert_eq!(conduct["reasons"], json!(reasons));
}

#[test]
#[ignore = "prints rates, which depend on the machine"]
fn how_fast_the_page_decodes() {
    let cases = cases::paces();
    let cases: Vec<_> = cases.iter().collect();
    for kernels in [Kernels::Vectors, Kernels::Plain] {
        let Some(rates) = browser::answer("rates", &cases, Weights::Exact, kernels) else { return };
        let rates: Vec<(f64, f64)> = serde_json::from_value(rates).unwrap();
        for (case, (rate, shortest)) in std::iter::zip(&cases, rates) {
            println!(
                "{kernels:?}: {}: {rate:.1} images a second, the fastest in {shortest:.1} ms",
                case.name
            );
        }
    }
}

/// The keys of the object that `source` gives the name `name`.
fn keys(source: &str, name: &str) -> BTreeSet<String> {
    let start = source.find(&format!("export const {name}")).unwrap();
    let body = source[start..].split_once("= {\n").unwrap().1.split_once("\n}").unwrap().0;
    let key = |line: &str| line.trim_start().split([':', ',']).next().unwrap().to_owned();
    let is_key = |line: &&str| line.starts_with("  ") && line[2..].starts_with(char::is_alphabetic);
    body.lines().filter(is_key).map(key).collect()
}

#[test]
fn the_page_has_every_layer_and_activation_and_no_other() {
    let layers = keys(include_str!("../../page/src/inference/layers/registry.ts"), "LAYERS");
    assert_eq!(layers, Layer::KINDS.iter().map(ToString::to_string).collect());
    let activations = keys(include_str!("../../page/src/inference/activation.ts"), "ACTIVATIONS");
    assert_eq!(activations, Activation::ALL.iter().map(|one| one.name().to_owned()).collect());
}
