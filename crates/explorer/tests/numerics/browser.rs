//! The page's own worker in headless Chromium.

use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::cases::{Case, Outcome};

/// The page's script, as it is built into the program.
const BUNDLE: &str = include_str!("../../page/bundle/explorer.js");
const PROBE: &str = include_str!("probe.js");

/// What the worker computes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernels {
    /// WebAssembly's vectors.
    Vectors,
    /// Plain arrays: the page's policy refuses WebAssembly.
    Plain,
}

impl Kernels {
    /// As the worker calls them.
    fn name(self) -> &'static str {
        match self {
            Kernels::Vectors => "vectors",
            Kernels::Plain => "plain",
        }
    }

    /// What explorers allow themselves, but for the scripts' hashes.
    fn policy(self) -> &'static str {
        match self {
            Kernels::Vectors => {
                "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; worker-src blob:"
            }
            Kernels::Plain => "default-src 'none'; script-src 'unsafe-inline'; worker-src blob:",
        }
    }
}

/// The bits of the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// As they were trained.
    Exact,
    /// As pages keep them where nothing else is asked for: in 24 bits.
    Rounded,
}

fn text(floats: &[f32]) -> String {
    STANDARD.encode(floats.iter().flat_map(|float| float.to_le_bytes()).collect::<Vec<_>>())
}

fn floats(text: &str) -> Vec<f32> {
    let bytes = STANDARD.decode(text).unwrap();
    bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// The answer to `ask`, a function of `probe.js`, about these cases; `None` where there is no browser.
pub fn answer(ask: &str, cases: &[&Case], weights: Weights, kernels: Kernels) -> Option<Value> {
    let chromium = testing::chromium()?;
    let case = |case: &&Case| {
        json!({
            "program": case.program.program,
            "weights": text(&case.program.weights),
            "images": text(&case.images),
            "codes": text(&case.codes),
            "rounded": weights == Weights::Rounded,
        })
    };
    let question = json!({ "ask": ask, "cases": cases.iter().map(case).collect::<Vec<_>>() });
    let page = format!(
        "<!doctype html><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\
         <body><div id=\"explorer\"></div><iframe id=\"frame\"></iframe>\
         <script type=\"application/json\" id=\"question\">{question}</script>\
         <script>{BUNDLE}</script><script>{PROBE}</script></body>",
        policy = kernels.policy(),
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html");
    std::fs::write(&file, page).unwrap();
    let output = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
        .args(["--enable-logging=stderr", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let document = String::from_utf8(output.stdout).unwrap();
    let found = document.split("data-answer=\"").nth(1).unwrap_or_else(|| panic!("nothing ran:\n{said}"));
    let found = found.split('"').next().unwrap().replace("&quot;", "\"").replace("&amp;", "&");
    let answer: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(answer.get("error"), None);
    Some(answer)
}

/// Networks that a page starts: each takes a good part of a browser's address space.
const MOST: usize = 80;

/// What pages make of the cases, one after the other; `None` where there is no browser.
pub fn outcomes(cases: &[&Case], weights: Weights, kernels: Kernels) -> Option<Vec<Outcome>> {
    let mut all = Vec::with_capacity(cases.len());
    for cases in cases.chunks(MOST) {
        let answer = answer("outcomes", cases, weights, kernels)?;
        assert_eq!(answer["kernels"], kernels.name());
        let outcomes: Vec<[Option<String>; 4]> = serde_json::from_value(answer["outcomes"].clone()).unwrap();
        assert_eq!(outcomes.len(), cases.len());
        all.extend(outcomes.into_iter().map(|texts| {
            let [mean, log_var, pixels, losses] = texts.map(|text| text.as_deref().map(floats));
            Outcome { mean: mean.unwrap(), log_var, pixels: pixels.unwrap(), losses: losses.unwrap() }
        }));
    }
    Some(all)
}
