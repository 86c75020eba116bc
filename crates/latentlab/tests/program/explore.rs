//! `explore`: a page that holds everything, makes no request, and trusts no name.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::harness::{Place, TINY, trained, write_images, write_plain_recipe};

/// The text of the element `<script … id="ID" …>`.
fn element<'a>(html: &'a str, id: &str) -> &'a str {
    let at = html.find(&format!(" id=\"{id}\"")).unwrap_or_else(|| panic!("no element {id}"));
    let from = at + html[at..].find('>').unwrap() + 1;
    &html[from..from + html[from..].find("</script>").unwrap()]
}

/// What must hold of any page as a file, and what it is told.
fn checked(page: &Path) -> (String, Value) {
    let html = fs::read_to_string(page).unwrap();
    assert!(html.starts_with("<!doctype html>"));
    for part in ["default-src 'none'", "script-src 'sha256-", "worker-src blob:", "form-action 'none'"] {
        assert!(html.contains(part), "{part}");
    }
    // Nothing but the page's own elements, whatever the names in it, and one script that runs.
    let script = html.rfind("<script>").unwrap();
    let before = html[..script].to_lowercase();
    let own = "!doctype html head meta title link style body div noscript h1 p script";
    for tag in before.split('<').skip(1) {
        let name = tag.trim_start_matches('/').split([' ', '>', '\n']).next().unwrap();
        assert!(own.split(' ').any(|known| known == name), "<{name}");
    }
    assert!(!before.contains("@import") && !before.contains("url(http"));
    assert_eq!(before.matches("href=").count(), before.matches("href=\"data:,\"").count(), "the empty icon");
    let payload: Value = serde_json::from_str(element(&html, "payload")).unwrap();
    assert_eq!(payload["version"], 1);
    let blobs = before.matches("id=\"blob-").count();
    assert_eq!(html.matches("</script>").count(), blobs + 2);
    (html, payload)
}

fn names(columns: &Value) -> Vec<&str> {
    columns.as_array().unwrap().iter().map(|column| column["name"].as_str().unwrap()).collect()
}

fn column<'a>(columns: &'a Value, name: &str) -> &'a Value {
    let found = columns.as_array().unwrap().iter().find(|column| column["name"] == name);
    found.unwrap_or_else(|| panic!("no column {name} in {:?}", names(columns)))
}

#[test]
fn a_run_becomes_a_page_and_its_report_leads_there() {
    let place = Place::new();
    place.ok(&[&["train", "synthetic-digits-plane", "--out", "vae"], &TINY[..]].concat());
    let report = || fs::read_to_string(place.path("vae/report.html")).unwrap();
    assert!(report().contains("<code>latentlab explore vae</code>"));
    let said = place.json(&["explore", "vae"]);
    let (html, payload) = checked(&place.path("vae/explorer.html"));
    assert_eq!(said["bytes"], html.len());
    assert_eq!((&said["points"], &said["models"][0]), (&30.into(), &"vae".into()));
    assert_eq!(said["left_out"], Value::Array(vec![]));
    assert!(report().contains("<a href=\"explorer.html\">"));
    let model = &payload["models"][0];
    assert_eq!(payload["points"]["count"], 30);
    assert_eq!(payload["images"]["exact"], true);
    assert_eq!(model["codes"]["shape"], serde_json::json!([30, 2]));
    let layers: Vec<&Value> =
        model["layers"].as_array().unwrap().iter().map(|layer| &layer["kind"]).collect();
    assert_eq!(layers, ["plane"], "for a code of two numbers other maps are the same map");
    assert_eq!(
        names(&model["columns"]),
        ["reconstruction error", "KL", "−ELBO", "cluster", "nearest neighbours' class"]
    );
    assert_eq!(model["score"], "reconstruction error");
    let samplers: Vec<&Value> =
        model["samplers"].as_array().unwrap().iter().map(|found| &found["name"]).collect();
    assert_eq!(samplers, ["prior", "gaussian", "gmm"]);
    assert!(names(&payload["columns"]).contains(&"rotation"), "known factors are columns");
    // It is the run's own file: made again without being asked, and gone with a new training.
    place.ok(&["explore", "vae", "--points", "12"]);
    let (_, payload) = checked(&place.path("vae/explorer.html"));
    assert_eq!(payload["points"]["count"], 12);
    assert!(
        payload["leftOut"][0].as_str().unwrap().contains("12 of 30 test images"),
        "{}",
        payload["leftOut"]
    );
    assert!(place.ok(&["report", "vae"]).stderr.is_empty());
    assert!(report().contains("<a href=\"explorer.html\">"));
    place.ok(&[&["train", "synthetic-digits-plane", "--out", "vae", "--force"], &TINY[..]].concat());
    assert!(!place.path("vae/explorer.html").exists());
}

#[test]
fn a_page_elsewhere_is_overwritten_only_when_asked() {
    let place = trained();
    let explore = |more: &[&str]| place.run(&[&["explore", "vae", "--out", "elsewhere.html"], more].concat());
    assert_eq!(explore(&[]).code, Some(0));
    let refused = explore(&[]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("elsewhere.html: is there already"), "{}", refused.stderr);
    assert_eq!(explore(&["--force"]).code, Some(0));
}

#[test]
fn long_codes_have_maps_and_the_way_back() {
    let place = Place::new();
    place.ok(&[&["train", "synthetic-digits-vae", "--out", "vae"], &TINY[..]].concat());
    let said = place.json(&["explore", "vae", "--exact"]);
    assert_eq!(said["left_out"], Value::Array(vec![]));
    let (_, payload) = checked(&place.path("vae/explorer.html"));
    let model = &payload["models"][0];
    let kinds: Vec<&Value> = model["layers"].as_array().unwrap().iter().map(|layer| &layer["kind"]).collect();
    assert_eq!(kinds, ["plane", "pca", "tsne"]);
    assert_eq!(model["layers"][1]["inverse"]["components"]["shape"], serde_json::json!([2, 8]));
    assert_eq!(
        (&model["layers"][0]["positions"], &model["layers"][2]["inverse"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (&model["codes"]["type"], &model["network"]["weights"]["type"]),
        (&"f32".into(), &"f32".into())
    );
    assert_eq!(model["dims"].as_array().unwrap().len(), 8);
    for dimension in model["dims"].as_array().unwrap() {
        assert!(dimension["low"].as_f64().unwrap() < dimension["high"].as_f64().unwrap(), "{dimension}");
        let shares = dimension["histogram"].as_array().unwrap().iter().map(|share| share.as_f64().unwrap());
        let sum: f64 = shares.sum();
        assert!((0.9..=1.001).contains(&sum), "{sum}");
    }
}

#[test]
fn images_that_were_noisy_to_the_network_are_not_called_what_it_saw() {
    let place = Place::new();
    let noisy = ["train", "synthetic-digits-plane", "--out", "vae", "--set", "data.input.noise=0.2"];
    place.ok(&[&noisy[..], &TINY[..]].concat());
    place.ok(&["explore", "vae"]);
    let (_, payload) = checked(&place.path("vae/explorer.html"));
    assert_eq!(payload["images"]["exact"], false);
}

#[test]
fn hostile_names_of_classes_and_files_are_text() {
    let place = Place::new();
    let classes = ["<script>alert(1)<", "\"quoted\" & 'co'", "\u{202e}right to left", "line\u{2028}end"];
    for class in classes {
        write_images(&place.path(&format!("images/{class}")), 12);
    }
    let train = ["train", "--data", "images", "--epochs", "1", "--out", "run"];
    place.ok(&train);
    let table: String = (0..48).map(|i| format!("{i},<b>{i}</b>\n")).collect();
    fs::write(place.path("<script>.csv"), format!("index,<img/src=x>\n{table}")).unwrap();
    place.ok(&["explore", "run", "--split", "all", "--columns", "<script>.csv"]);
    let (html, payload) = checked(&place.path("run/explorer.html"));
    let found: BTreeSet<&str> =
        payload["points"]["classes"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(found, classes.into_iter().collect());
    assert!(!html.contains("<script>alert(1)<"));
    assert_eq!(column(&payload["columns"], "<img/src=x>")["names"][1], "<b>1</b>");
}

#[test]
fn columns_of_ones_own_find_their_images() {
    let place = Place::new();
    write_images(&place.path("images/a"), 20);
    write_images(&place.path("images/b"), 20);
    place.ok(&["train", "--data", "images", "--epochs", "1", "--out", "run"]);
    let explore = |table: &str| {
        ["explore", "run", "--split", "all", "--out", "page.html", "--force", "--columns"]
            .into_iter()
            .chain([table])
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let run = |table: &str| {
        let arguments = explore(table);
        place.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let rows: String = (0..20).rev().map(|i| format!("b/stroke-{i}.png,{}.5,kind-{}\n", i, i % 2)).collect();
    fs::write(place.path("by-name.csv"), format!("file,age,class\n{rows}")).unwrap();
    let ran = run("by-name.csv");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("20 points have no row"), "{}", ran.stderr);
    let (_, payload) = checked(&place.path("page.html"));
    let ages = column(&payload["columns"], "age");
    assert_eq!((&ages["kind"], &ages["about"]), (&"number".into(), &"From by-name.csv.".into()));
    let kinds = column(&payload["columns"], "class (by-name.csv)");
    assert_eq!(kinds["names"], serde_json::json!(["kind-0", "kind-1", "(unknown)"]));
    let rows: String = (0..40).map(|i| format!("{i}\t{}\n", i as f32 / 8.0)).collect();
    fs::write(place.path("by-index.tsv"), format!("index\theight\n{rows}")).unwrap();
    assert_eq!(run("by-index.tsv").code, Some(0));
    let (_, payload) = checked(&place.path("page.html"));
    assert_eq!(names(&payload["columns"]), ["height"]);
    let rows: String = (0..40).map(|i| format!("{}\n", i as f32 / 8.0)).collect();
    fs::write(place.path("in-order.csv"), format!("width\n{rows}")).unwrap();
    assert_eq!(run("in-order.csv").code, Some(0));
    // What does not go with the images is refused.
    fs::write(place.path("short.csv"), "width\n1.5\n2.5\n").unwrap();
    fs::write(place.path("others.csv"), "file,width\nc/1.png,1\nc/2.png,2\n").unwrap();
    fs::write(place.path("twice.csv"), "file,width\na/stroke-1.png,1\na/stroke-1.png,2\n").unwrap();
    fs::write(place.path("nothing.csv"), "file\na/stroke-1.png\na/stroke-2.png\n").unwrap();
    fs::write(place.path("page.txt.json"), "{}").unwrap();
    for (table, part) in [
        ("short.csv", "--columns short.csv: has 2 rows for 40 images"),
        ("others.csv", "none of its rows is of an image on the map: it names \"c/1.png\""),
        ("twice.csv", "rows 1 and 2, counted from 1, are both of a/stroke-1.png"),
        ("nothing.csv", "no column holds numbers or categories"),
        ("page.txt.json", "is no table"),
        ("missing.csv", "missing.csv"),
    ] {
        let ran = run(table);
        assert_eq!(ran.code, Some(2), "{table}: {}", ran.stderr);
        assert!(ran.stderr.contains(part), "{table}: {}", ran.stderr);
    }
}

#[test]
fn a_table_has_a_page_without_images() {
    let place = Place::new();
    let rows: String = (0..120)
        .map(|i| {
            format!(
                "{},{},{},{}\n",
                i % 7,
                f64::from(i).sin(),
                3.0 * f64::from(i % 5),
                ["ash", "oak"][i as usize % 2]
            )
        })
        .collect();
    fs::write(place.path("trees.csv"), format!("leaves,<height>,girth,species\n{rows}")).unwrap();
    place.ok(&["train", "--data", "trees.csv", "--epochs", "2", "--out", "run"]);
    place.ok(&["explore", "run"]);
    let (_, payload) = checked(&place.path("run/explorer.html"));
    assert_eq!(payload["images"], Value::Null);
    let input = &payload["models"][0]["input"];
    assert_eq!(input["table"]["names"], serde_json::json!(["leaves", "<height>", "girth"]));
    assert_eq!(input["shape"], serde_json::json!([3]));
    assert!(
        payload["points"]["what"].as_str().unwrap().contains("test rows of trees"),
        "{}",
        payload["points"]
    );
}

#[test]
fn a_plain_autoencoder_has_no_prior() {
    let place = Place::new();
    write_plain_recipe(&place);
    place.ok(&[&["train", "plain.toml", "--out", "plain"], &TINY[..]].concat());
    place.ok(&["explore", "plain"]);
    let (_, payload) = checked(&place.path("plain/explorer.html"));
    let model = &payload["models"][0];
    assert_eq!((&model["isVariational"], &model["samplers"][0]["name"]), (&false.into(), &"gaussian".into()));
    assert!(!names(&model["columns"]).contains(&"KL"));
}

#[test]
fn models_of_a_comparison_see_the_same_images() {
    let place = Place::new();
    place.ok(&[&["train", "synthetic-digits-plane", "--out", "vae"], &TINY[..]].concat());
    write_plain_recipe(&place);
    place.ok(&[&["train", "plain.toml", "--out", "plain"], &TINY[..]].concat());
    place.ok(&["compare", "vae", "plain", "--out", "both"]);
    let report = || fs::read_to_string(place.path("both/report.html")).unwrap();
    assert!(report().contains("<code>latentlab explore both</code>"));
    let said = place.json(&["explore", "both"]);
    assert_eq!(said["models"], serde_json::json!(["vae", "plain"]));
    let (_, payload) = checked(&place.path("both/explorer.html"));
    assert_eq!(payload["models"].as_array().unwrap().len(), 2);
    assert!(report().contains("<a href=\"explorer.html\">"));
}

#[test]
fn what_cannot_be_explored_is_said() {
    let place = trained();
    write_images(&place.path("moved-images"), 30);
    place.ok(&["train", "--data", "moved-images", "--epochs", "1", "--out", "moved"]);
    fs::rename(place.path("moved-images"), place.path("elsewhere-images")).unwrap();
    for (arguments, part) in [
        (&["explore", "nowhere"][..], "nowhere"),
        (&["explore", "vae", "--points", "0"], "--points"),
        (&["explore", "vae", "--points", "70001"], "--points"),
        (&["explore", "vae", "--out", "page.pdf"], "--out page.pdf: must end in .html"),
        (&["explore", "vae", "--out", "no-folder/page.html"], "there is no such folder"),
        (&["explore", "moved"], "hint: --data PATH says where the images are now"),
    ] {
        let ran = place.run(arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(part), "{arguments:?}: {}", ran.stderr);
    }
    let said = place.json(&["explore", "moved", "--data", "elsewhere-images", "--out", "found.html"]);
    assert_eq!(said["points"], 30);
    let left_out = said["left_out"][0].as_str().unwrap();
    assert!(left_out.contains("the training images are not on this machine"), "{left_out}");
}
