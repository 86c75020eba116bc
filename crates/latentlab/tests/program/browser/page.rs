//! An explorer in a browser.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::webdriver::{Browser, Kind};
use crate::harness::Place;

/// Writes the explorer of a run into a file of its own.
pub fn explorer_of(place: &Place, run: &str, options: &[&str]) -> PathBuf {
    let folder = tempfile::tempdir().unwrap().keep();
    let file = folder.join("explorer.html");
    place.ok(&[&["explore", run, "--out", file.to_str().unwrap()], options].concat());
    file
}

/// An explorer in a browser.
pub struct Page {
    pub browser: Browser,
    pub file: PathBuf,
}

impl Page {
    /// Opens `file` at `fragment`; `None` where there is no such browser.
    pub fn open(kind: Kind, file: &Path, fragment: &str) -> Option<Self> {
        Self::sized(kind, file, fragment, 1280, 800)
    }

    /// The same in a window of another size.
    pub fn sized(kind: Kind, file: &Path, fragment: &str, width: u32, height: u32) -> Option<Self> {
        let browser = Browser::start(kind, width, height)?;
        browser.open(file, fragment);
        browser.wait("document.documentElement.dataset.ready && window.explorer && explorer.opened.value");
        Some(Self { browser, file: file.to_owned() })
    }

    /// The value of an expression.
    pub fn value(&self, expression: &str) -> Value {
        self.browser.script(&format!("return {expression}"), json!([]))
    }

    /// The numbers of an expression.
    pub fn numbers(&self, expression: &str) -> Vec<f64> {
        let value = self.value(expression);
        let list = value.as_array().unwrap_or_else(|| panic!("{expression} is {value}"));
        list.iter().map(|number| number.as_f64().unwrap()).collect()
    }

    /// A point of the window: shares of the map's width and height.
    pub fn on_map(&self, x: f64, y: f64) -> [f64; 2] {
        let [left, top, width, height] = self.browser.place_of("#map");
        [left + x * width, top + y * height]
    }

    /// Where places of the map lie in the window.
    fn in_window(&self, places: impl Iterator<Item = [f64; 2]>) -> Vec<[f64; 2]> {
        let [left, top, width, height] = self.browser.place_of("#map");
        let camera =
            self.numbers("[explorer.camera.value.x, explorer.camera.value.y, explorer.camera.value.scale]");
        places
            .map(|[x, y]| {
                [
                    left + width / 2.0 + (x - camera[0]) * camera[2],
                    top + height / 2.0 - (y - camera[1]) * camera[2],
                ]
            })
            .collect()
    }

    /// Where a place of the map lies in the window.
    pub fn place_on_map(&self, place: [f64; 2]) -> [f64; 2] {
        self.in_window(std::iter::once(place))[0]
    }

    /// Where all points lie in the window.
    pub fn places(&self) -> Vec<[f64; 2]> {
        let positions = self.numbers("Array.from(explorer.positions.value)");
        self.in_window(positions.chunks_exact(2).map(|place| [place[0], place[1]]))
    }

    /// Counts from now on how often a signal of the state changes.
    pub fn count_updates_of(&self, signal: &str) {
        self.browser.script(
            &format!("window.updates = -1; explorer.{signal}.subscribe(() => {{ window.updates++ }})"),
            json!([]),
        );
    }

    /// How often it has changed.
    pub fn updates(&self) -> u64 {
        self.value("window.updates").as_u64().unwrap()
    }

    /// The text of the file that a click saves.
    pub fn download(&self, selector: &str) -> String {
        String::from_utf8(self.download_bytes(selector)).unwrap()
    }

    /// The file that a click saves.
    pub fn download_bytes(&self, selector: &str) -> Vec<u8> {
        let files = || -> Vec<PathBuf> {
            let entries = fs::read_dir(self.browser.downloads()).unwrap();
            entries.map(|entry| entry.unwrap().path()).collect()
        };
        files().iter().for_each(|file| fs::remove_file(file).unwrap());
        self.browser.wait(&format!("!document.querySelector('{selector}').disabled"));
        self.browser.click(selector);
        // Its name is final once all of it is there.
        let is_whole = |file: &PathBuf| {
            let extension = file.extension().map(|extension| extension.to_string_lossy().into_owned());
            let is_hidden = file.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            !is_hidden
                && !matches!(extension.as_deref(), Some("crdownload" | "part" | "tmp"))
                && fs::metadata(file).is_ok_and(|found| found.len() > 0)
        };
        let mut saved = None;
        self.browser.wait_for(&format!("a file that {selector} saves"), || {
            saved = files().into_iter().find(is_whole);
            saved.is_some()
        });
        fs::read(saved.unwrap()).unwrap()
    }

    /// Nothing went wrong, and nothing was asked of anyone.
    pub fn check(&self) {
        assert_eq!(self.browser.troubles(), Vec::<String>::new());
        assert_eq!(self.browser.requests(), json!([]));
    }
}

/// Whether a point lies within a polygon, by how often a ray from it crosses its sides.
pub fn is_within([x, y]: [f64; 2], corners: &[[f64; 2]]) -> bool {
    let sides = corners.iter().zip(corners.iter().cycle().skip(1));
    let crossed = |([x0, y0], [x1, y1]): &(&[f64; 2], &[f64; 2])| {
        (*y0 > y) != (*y1 > y) && x < x0 + (y - y0) / (y1 - y0) * (x1 - x0)
    };
    sides.filter(crossed).count() % 2 == 1
}
