//! The explorer in real browsers: what a person does with mouse and keys, and what they see.

mod digits;
mod page;
mod webdriver;

use serde_json::{Value, json};

use self::page::{Page, explorer_of};
use self::webdriver::{Kind, key};
use crate::harness::trained;

/// A page of the small run on a plane, in a browser of this kind.
fn plane(kind: Kind) -> Option<Page> {
    Page::open(kind, &explorer_of(trained(), "vae", &[]), "")
}

/// In each browser that is installed.
fn everywhere(test: impl Fn(Page)) {
    [Kind::Chromium, Kind::Firefox].into_iter().filter_map(plane).for_each(test);
}

#[test]
fn a_drag_over_the_plane_decodes() {
    everywhere(|page| {
        page.count_updates_of("decoded");
        let [from, to] = [page.on_map(0.3, 0.3), page.on_map(0.7, 0.6)];
        let way: Vec<[f64; 2]> = (0..=20)
            .map(|i| f64::from(i) / 20.0)
            .map(|t| [from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])])
            .collect();
        page.browser.drag(&way);
        // The code is the place under the pointer.
        page.browser.wait("explorer.codeOrigin.value && explorer.decoded.value");
        let code = page.numbers("Array.from(explorer.code.value)");
        let place = page.place_on_map([code[0], code[1]]);
        assert!((place[0] - to[0]).hypot(place[1] - to[1]) < 1.5, "{place:?} under the pointer at {to:?}");
        assert!(page.updates() >= 5, "{} images were seen", page.updates());
        // What is shown, once it has come to rest, is what the engine decodes of that code.
        std::thread::sleep(std::time::Duration::from_millis(500));
        let shown = page.numbers("Array.from(explorer.decoded.value)");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("decoded.npz");
        let place = format!("--z={},{}", code[0], code[1]);
        trained().ok(&["decode", "vae", &place, "--out", file.to_str().unwrap()]);
        let mut npz = ndarray_npy::NpzReader::new(std::fs::File::open(file).unwrap()).unwrap();
        let decoded: ndarray::ArrayD<f32> = npz.by_name("x").unwrap();
        assert_eq!(shown.len(), decoded.len());
        let largest = decoded.iter().zip(&shown).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max);
        assert!(largest < 1e-4, "a pixel differs by {largest:e}");
        page.check();
    });
}

#[test]
fn a_lasso_selects_and_exports_the_points_within() {
    everywhere(|page| {
        page.browser.keys("l");
        let corners = [[0.2, 0.2], [0.55, 0.15], [0.6, 0.7], [0.35, 0.5], [0.2, 0.2]];
        let corners: Vec<[f64; 2]> = corners.iter().map(|[x, y]| page.on_map(*x, *y)).collect();
        page.browser.drag(&corners);
        page.browser.wait("explorer.selection.value && explorer.selection.value.length");
        let selected = page.numbers("Array.from(explorer.selection.value)");
        let places = page.places();
        let expected: Vec<f64> =
            (0..places.len()).filter(|i| page::is_within(places[*i], &corners)).map(|i| i as f64).collect();
        assert!(expected.len() > 10 && expected.len() < places.len() / 2 * 2, "{} points", expected.len());
        assert_eq!(selected, expected);

        page.browser.keys("2");
        page.browser.wait("document.querySelector('#save-rows')");
        let table = page.download("#save-rows");
        let rows: Vec<&str> = table.lines().skip(1).collect();
        assert_eq!(rows.len(), expected.len(), "{table}");
        let index = page.numbers("Array.from(explorer.opened.value.points.index)");
        for (row, point) in rows.iter().zip(&expected) {
            let first = row.split(',').next().unwrap().trim_matches('"');
            assert_eq!(first.parse::<f64>().unwrap(), index[*point as usize], "{row}");
        }
        let list = page.download("#save-list");
        assert_eq!(list.lines().count(), expected.len());
        page.browser.keys(&key::ESCAPE.to_string());
        page.browser.wait("explorer.selection.value === null");
        page.check();
    });
}

#[test]
fn sliders_move_the_code_by_keyboard_too() {
    everywhere(|page| {
        page.browser.wait("document.querySelector('#z1')");
        page.browser.click("#z1");
        let before = page.numbers("Array.from(explorer.code.value)");
        page.browser.keys(&key::RIGHT.to_string().repeat(5));
        page.browser.wait(&format!("explorer.code.value[0] > {}", before[0]));
        let after = page.numbers("Array.from(explorer.code.value)");
        assert_eq!(after[1], before[1], "the other dimension stays");
        // The map's marker follows.
        let place = page.place_on_map([after[0], after[1]]);
        page.browser.wait("document.querySelector('#here')");
        let [left, top, width, height] = page.browser.place_of("#here");
        let marker = [left + width / 2.0, top + height / 2.0];
        assert!((marker[0] - place[0]).hypot(marker[1] - place[1]) < 4.0, "{marker:?} at {place:?}");
        page.check();
    });
}

#[test]
fn a_journey_is_played_and_saved() {
    everywhere(|page| {
        page.browser.script(
            "const { opened, journeyFrom, journeyTo } = explorer, codes = opened.value.models[0].codes;
             journeyFrom.value = { name: 'a', code: codes.slice(0, 2) };
             journeyTo.value = { name: 'b', code: codes.slice(2, 4) };",
            json!([]),
        );
        page.browser.keys("3");
        page.browser.wait("document.querySelector('#journey-play')");
        page.count_updates_of("code");
        page.browser.click("#journey-play");
        page.browser.wait("window.updates >= 3");
        page.browser.click("#journey-play");
        let gif = page.download_bytes("#save-gif");
        assert!(gif.starts_with(b"GIF89a"));
        let apng = page.download_bytes("#save-apng");
        let decoded = image::codecs::png::PngDecoder::new(std::io::Cursor::new(apng)).unwrap();
        assert!(decoded.is_apng().unwrap());
        let strip = page.download_bytes("#save-strip");
        assert!(image::load_from_memory(&strip).unwrap().width() > 100);
        page.check();
    });
}

#[test]
fn a_view_comes_back_from_its_address() {
    everywhere(|page| {
        page.browser.keys("[[c4");
        page.browser.script("explorer.goTo(new Float32Array([0.5, -0.25]), 'a test')", json!([]));
        let state =
            "[explorer.focused.value, explorer.colourName.value, explorer.tab.value, ...explorer.code.value]";
        page.browser.wait("location.hash.length > 5");
        let before = page.value(state);
        // The address is written when things have come to rest.
        page.browser.wait("window.lastHash === location.hash || void (window.lastHash = location.hash)");
        std::thread::sleep(std::time::Duration::from_millis(700));
        let fragment = page.value("location.hash");
        let again = Page::open(page.browser.kind, &page.file, fragment.as_str().unwrap()).unwrap();
        assert_eq!(again.value(state), before, "{fragment}");
        // What means nothing is passed over.
        let odd =
            Page::open(page.browser.kind, &page.file, "#m=99&x=%E0%A4%A&code=NaN,zebra&sel=5-1&layer=moon")
                .unwrap();
        assert!(odd.value("explorer.opened.value.points.count").as_u64().unwrap() > 10);
        odd.check();
        page.check();
    });
}

#[test]
fn every_key_on_the_card_does_no_harm() {
    everywhere(|page| {
        for keys in [
            "w", "v", "l", "r", "x", "p", "c", "i", "m", "t", "+", "-", "0", "[", "]", "1", "2", "3", "4",
            "5",
        ] {
            page.browser.keys(keys);
        }
        page.browser.keys("?");
        page.browser.wait("document.querySelector('dialog[open], [role=dialog]')");
        page.browser.keys(&key::ESCAPE.to_string());
        page.browser.wait("!document.querySelector('dialog article')");
        page.browser.keys("/");
        page.browser.wait("document.activeElement.id === 'search'");
        page.browser.keys("3");
        page.browser.wait("document.querySelector('#hits')");
        page.browser.keys(&key::ENTER.to_string());
        page.check();
    });
}

#[test]
fn controls_have_names() {
    everywhere(|page| {
        for tab in ["1", "2", "3", "4", "5"] {
            page.browser.keys(tab);
            let nameless = page.value(
                "Array.from(document.querySelectorAll('button, input, select, a[href]')).filter((control) =>
                    control.offsetParent && !(control.getAttribute('aria-label') || control.labels?.length
                    || control.textContent.trim() || control.title || control.getAttribute('aria-labelledby')))
                    .map((control) => control.outerHTML)",
            );
            assert_eq!(nameless, Value::Array(Vec::new()), "tab {tab}");
        }
    });
}

#[test]
fn a_phone_shows_all_of_it() {
    let file = explorer_of(trained(), "vae", &[]);
    for kind in [Kind::Chromium, Kind::Firefox] {
        let Some(page) = Page::sized(kind, &file, "", 500, 844) else { continue };
        for tab in ["1", "2", "3", "4", "5"] {
            page.browser.keys(tab);
            let widths = page.numbers("[document.documentElement.scrollWidth, innerWidth]");
            assert!(widths[0] <= widths[1], "tab {tab}: {widths:?}");
        }
        page.check();
    }
}
