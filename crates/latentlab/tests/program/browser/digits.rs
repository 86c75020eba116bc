//! Digits drawn by a script with the mouse, and where they land.

use std::collections::BTreeMap;
use std::time::Duration;

use super::page::{Page, explorer_of};
use super::webdriver::Kind;
use crate::harness::Place;

/// How one may write the ten digits: strokes through points, in shares of the pad's sides.
fn strokes(digit: usize, [left, top, width, height]: [f64; 4]) -> Vec<Vec<[f64; 2]>> {
    let all: BTreeMap<String, Vec<Vec<[f64; 2]>>> =
        serde_json::from_str(include_str!("../../../../explorer/page/tests/strokes.json")).unwrap();
    let place = |[x, y]: &[f64; 2]| [left + x * width, top + y * height];
    all[&digit.to_string()].iter().map(|stroke| stroke.iter().map(place).collect()).collect()
}

/// The class that most of the eight images have whose codes are nearest to each drawn digit's, digit by digit.
fn voted_classes(page: &Page) -> Vec<String> {
    page.browser.keys("4");
    page.browser.wait("document.querySelector('#pad')");
    let (codes, labels) = (
        page.numbers("Array.from(explorer.opened.value.models[0].codes)"),
        page.numbers("Array.from(explorer.opened.value.points.labels)"),
    );
    (0..10)
        .map(|digit| {
            let pad = page.browser.place_of("#pad");
            for stroke in strokes(digit, pad) {
                page.browser.drag(&stroke);
            }
            page.browser.wait("explorer.own.value");
            let mean = settled(page);
            let class = vote(&codes, &labels, &mean).to_string();
            let said = page.value("document.querySelector('#own-vote').textContent");
            assert!(
                said.as_str().unwrap().contains(&class),
                "{class} by the codes, and the page says {said}"
            );
            page.browser.click("#clear");
            page.browser.wait("!explorer.own.value");
            class
        })
        .collect()
}

/// The class of most of the eight nearest codes.
fn vote(codes: &[f64], labels: &[f64], mean: &[f64]) -> usize {
    let square = |code: &[f64]| code.iter().zip(mean).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
    let mut nearest: Vec<(f64, f64)> =
        codes.chunks_exact(mean.len()).map(square).zip(labels.iter().copied()).collect();
    nearest.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut votes = [0; 10];
    nearest[..8].iter().for_each(|(_, label)| votes[*label as usize] += 1);
    (0..10).max_by_key(|class| votes[*class]).unwrap()
}

/// The code of the drawing once it has been looked at as it stands.
fn settled(page: &Page) -> Vec<f64> {
    let mean = || page.numbers("Array.from(explorer.own.value.mean)");
    let mut before = mean();
    loop {
        std::thread::sleep(Duration::from_millis(250));
        let now = mean();
        if now == before {
            return now;
        }
        before = now;
    }
}

#[test]
fn drawn_digits_land_among_their_class() {
    let place = Place::new();
    let shorter = ["--epochs", "6", "--set", "data.count=20000"];
    place.ok(&[&["train", "synthetic-digits-vae", "--out", "vae"], &shorter[..]].concat());
    let file = explorer_of(&place, "vae", &[]);
    let Some(page) = Page::open(Kind::Chromium, &file, "") else { return };
    let found = voted_classes(&page);
    let right = found.iter().enumerate().filter(|(digit, class)| **class == digit.to_string()).count();
    assert!(right >= 9, "0 to 9 were drawn, and found as {found:?}");
    page.check();
}
