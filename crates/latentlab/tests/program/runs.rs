//! All runs in one table: what it says is what the runs' files say; and only what is meant is removed.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::OnceLock;

use latentlab::run::RunLock;
use serde_json::Value;

use crate::harness::{Place, TINY};
use crate::report;

/// A place with two runs of one recipe and a third of a study, which differ in the size of the code and the seed.
fn three_runs() -> Place {
    let place = Place::new();
    for (folder, size, seed) in
        [("runs/small", "2", "7"), ("runs/large", "6", "8"), ("studies/s/runs/a", "3", "7")]
    {
        let size = format!("model.latent.size={size}");
        let own = [
            "train",
            "synthetic-digits-plane",
            "--out",
            folder,
            "--no-figures",
            "--set",
            &size,
            "--seed",
            seed,
        ];
        place.ok(&[&own[..], &TINY[..]].concat());
    }
    place.ok(&["evaluate", "runs/large"]);
    place
}

/// The same, for tests that only read.
fn shared() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(three_runs)
}

fn names(table: &Value) -> Vec<&str> {
    table["runs"].as_array().unwrap().iter().map(|row| row["run"].as_str().unwrap()).collect()
}

fn read(place: &Place, file: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(place.path(file)).unwrap()).unwrap()
}

/// Everything below `folder`: the path, and what a file holds.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => found.push((path.display().to_string(), fs::read(&path).unwrap())),
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_row_says_what_the_files_of_the_run_say() {
    let place = shared();
    let table = place.json(&["runs"]);
    assert_eq!(names(&table), ["studies/s/runs/a", "runs/large", "runs/small"], "the newest first");
    let large = &table["runs"][1];
    let manifest = read(place, "runs/large/manifest.json");
    for (key, expected) in [
        ("recipe", &manifest["recipe"]),
        ("data", &manifest["data"]["name"]),
        ("epochs", &manifest["epochs"]["done"]),
        ("epochs_asked", &manifest["epochs"]["asked"]),
        ("seconds", &manifest["seconds"]["total"]),
        ("created", &manifest["created"]),
        ("program", &manifest["program"]),
        ("state", &"completed".into()),
        ("problem", &Value::Null),
    ] {
        assert_eq!(&large[key], expected, "{key}");
    }
    let log = fs::read_to_string(place.path("runs/large/events.jsonl")).unwrap();
    let events = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let totals = events.filter_map(|event| event["valid"]["total"].as_f64());
    assert_eq!(large["valid_total"].as_f64(), totals.min_by(f64::total_cmp));
    let metrics = read(place, "runs/large/metrics.json");
    assert_eq!(large["metrics"]["psnr"], metrics["splits"]["test"]["metrics"]["psnr"]["value"]);
    assert_eq!((&large["settings"]["model.latent.size"], &large["settings"]["seed"]), (&6.into(), &8.into()));
    assert_eq!(large["settings"]["model.encoder[0].layer"], "flatten");
    assert!(table["runs"][0]["metrics"].as_object().unwrap().is_empty());
}

#[test]
fn people_see_the_settings_that_differ_by_the_shortest_name_that_can_be_typed() {
    let place = shared();
    let text = place.ok(&["runs", "--sort", "size"]).stdout;
    let head: Vec<&str> = text.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(head[..6], ["run", "recipe", "data", "size", "seed", "state"], "{text}");
    let order: Vec<&str> =
        text.lines().skip(1).take(3).map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(order, ["runs/small", "studies/s/runs/a", "runs/large"]);
    assert!(text.ends_with("\n3 runs: 3 completed\n"), "{text}");
    let rows = |arguments: &[&str]| names(&place.json(&[&["runs"], arguments].concat())).len();
    for (filters, count) in [
        (&["--filter", "size > 2"][..], 2),
        (&["--filter", "model.latent.size <= 3", "--filter", "seed=7"], 2),
        (&["--filter", "psnr > 0"], 1),
        (&["--filter", "psnr != 0"], 3),
        (&["--filter", "recipe ~ PLANE"], 3),
        (&["--filter", "run ~ studies"], 1),
        (&["--filter", "state = failed"], 0),
        (&["--state", "failed,completed"], 3),
        (&["--filter", "created < 2020"], 0),
        (&["--filter", "silhouette > 0"], 0),
        (&["studies"], 1),
        (&["runs/small", "runs"], 2),
    ] {
        assert_eq!(rows(filters), count, "{filters:?}");
    }
    let descending = place.json(&["runs", "--sort", "-psnr"]);
    assert_eq!(names(&descending)[0], "runs/large", "what has no such value comes last");
}

#[test]
fn csv_has_the_numbers_in_full() {
    let place = shared();
    let csv = place
        .ok(&["runs", "runs", "--columns", "run,size,valid_total", "--sort", "run", "--csv", "-"])
        .stdout;
    let table = place.json(&["runs", "runs", "--sort", "run"]);
    let loss = |row: usize| table["runs"][row]["valid_total"].as_f64().unwrap();
    let expected =
        format!("run,model.latent.size,valid_total\nruns/large,6,{}\nruns/small,2,{}\n", loss(0), loss(1));
    assert_eq!(csv, expected);
    place.ok(&["runs", "--csv", "table.csv"]);
    assert_eq!(fs::read_to_string(place.path("table.csv")).unwrap().lines().count(), 4);
    let again = place.run(&["runs", "--csv", "table.csv"]);
    assert!(again.code == Some(2) && again.stderr.contains("is there already"), "{}", again.stderr);
}

#[test]
fn what_is_asked_wrongly_is_said() {
    let place = shared();
    for (arguments, said) in [
        (&["runs", "nowhere"][..], "nowhere: there is no such folder"),
        (&["runs", "--sort", "latnt"], "`latnt`: no run has such a key"),
        (
            &["runs", "--sort", "weight"],
            "did you mean one of objective.kl.weight, objective.reconstruction.weight?",
        ),
        (&["runs", "--filter", "learn = 3"], "did you mean one of optimizer.learning_rate?"),
        (&["runs", "--filter", "psnr"], "must be KEY OP VALUE"),
        (&["runs", "--filter", "psnr == 3"], "must be KEY OP VALUE"),
        (&["runs", "--csv", "-", "--json"], "stdout takes the JSON"),
        (&["runs", "--prune"], "does not say which runs"),
        (&["runs", "--yes"], "--prune"),
        (
            &["runs", "--prune", "--state", "completed"],
            "would remove 3 runs and asks before that, which takes a terminal",
        ),
    ] {
        let ran = place.run(arguments);
        assert!(ran.code == Some(2) && ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
    }
    assert_eq!(names(&place.json(&["runs"])).len(), 3);
}

#[test]
fn what_cannot_be_read_is_a_row_that_says_why() {
    let place = Place::new();
    place.ok(&[&["train", "synthetic-digits-plane", "--out", "runs/good", "--no-figures"], &TINY[..]].concat());
    let write = |file: &str, text: &str| {
        let path = place.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let manifest = fs::read_to_string(place.path("runs/good/manifest.json")).unwrap();
    let recipe = fs::read_to_string(place.path("runs/good/recipe.toml")).unwrap();
    write("runs/foreign/manifest.json", "{\"name\": \"a page\"}");
    write("runs/newer/manifest.json", "{\"schema\": 99}");
    write("runs/no-json/manifest.json", "no json");
    write("runs/no-recipe/manifest.json", &manifest);
    write("runs/bad-recipe/manifest.json", &manifest);
    write("runs/bad-recipe/recipe.toml", "seed = = 3");
    write("runs/notes/thesis.tex", "no run at all");
    write("runs/killed/manifest.json", &manifest.replace("\"completed\"", "\"running\""));
    write("runs/killed/recipe.toml", &recipe);
    write("runs/killed/lock", "process 7 on far-away, since yesterday\n");
    write("runs/failed/manifest.json", &manifest.replace("\"completed\"", "\"failed\""));
    write("runs/failed/recipe.toml", &recipe);
    fs::create_dir_all(place.path("runs/.hidden/a")).unwrap();
    let ran = place.ok(&["runs", "--sort", "run"]);
    for (row, state, why) in [
        ("runs/bad-recipe", "completed", "recipe.toml"),
        ("runs/failed", "failed", ""),
        ("runs/foreign", "unreadable", "missing field `schema`"),
        ("runs/good", "completed", ""),
        ("runs/killed", "interrupted", ""),
        ("runs/newer", "unreadable", "a newer latentlab wrote it"),
        ("runs/no-json", "unreadable", "line 1"),
        ("runs/no-recipe", "completed", "it does not exist"),
    ] {
        let line = ran.stdout.lines().find(|line| line.split_whitespace().next() == Some(row));
        let line = line.unwrap_or_else(|| panic!("{row}\n{}", ran.stdout));
        assert!(line.contains(state) && line.contains(why), "{line}");
    }
    assert!(!ran.stdout.contains("notes") && !ran.stdout.contains("hidden"));
    let lock = RunLock::take(&place.path("runs/killed")).unwrap();
    let row = place.json(&["runs", "runs/killed"]);
    assert_eq!(row["runs"][0]["state"], "running");
    drop(lock);
}

#[test]
fn nothing_is_listed_where_there_is_nothing() {
    let place = Place::new();
    fs::create_dir(place.path("runs")).unwrap();
    assert_eq!(place.ok(&["runs"]).stdout, "no runs here; `latentlab train` makes one\n");
    assert_eq!(place.json(&["runs"])["runs"], serde_json::json!([]));
}

#[cfg(unix)]
#[test]
fn only_what_is_selected_is_removed_and_nothing_that_is_not_of_a_run() {
    let place = three_runs();
    let spared = contents(&place.path("studies"));
    // A file of one's own in a run, a run elsewhere behind a link, figures behind a link, and one that is being trained.
    fs::write(place.path("runs/small/notes.txt"), "mine").unwrap();
    fs::create_dir(place.path("elsewhere")).unwrap();
    fs::write(place.path("elsewhere/picture.png"), "mine").unwrap();
    std::os::unix::fs::symlink(place.path("elsewhere"), place.path("runs/small/figures")).unwrap();
    std::os::unix::fs::symlink(place.path("studies/s/runs/a"), place.path("runs/link")).unwrap();
    fs::create_dir(place.path("runs/broken")).unwrap();
    fs::write(place.path("runs/broken/manifest.json"), "{}").unwrap();
    let lock = RunLock::take(&place.path("runs/large")).unwrap();

    let mut asked = place.command(&["runs", "runs", "--prune", "--filter", "run ~ runs"]);
    let refused = place.ran(asked.stdin(Stdio::null()).output().unwrap());
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(place.path("runs/small/manifest.json").exists());

    let pruned = place.json(&["runs", "runs", "--prune", "--filter", "run ~ runs", "--yes"]);
    assert_eq!(pruned["removed"], serde_json::json!(["runs/small"]));
    let left: Vec<&str> =
        pruned["left"].as_array().unwrap().iter().map(|left| left["run"].as_str().unwrap()).collect();
    assert_eq!(left, ["runs/large", "runs/broken"]);
    assert!(pruned["left"][0]["why"].as_str().unwrap().starts_with("is running: process"));
    drop(lock);
    assert_eq!(contents(&place.path("studies")), spared);
    assert_eq!(fs::read_to_string(place.path("elsewhere/picture.png")).unwrap(), "mine");
    let mut stays: Vec<_> =
        fs::read_dir(place.path("runs/small")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    stays.sort();
    assert_eq!(stays, ["figures", "notes.txt"]);
    assert!(place.path("runs/large/checkpoints/best/weights.safetensors").exists());

    let pruned = place.ok(&["runs", "runs/large", "--prune", "--state", "completed", "--yes"]);
    assert!(pruned.stdout.starts_with("removed  runs/large\n1 run, "), "{}", pruned.stdout);
    assert!(!place.path("runs/large").exists());
}

/// Chooses other columns, marks the upper half of the first axis, sorts, and points at a row, as a reader would.
const READER: &str = r#"<script>
addEventListener("load", () => {
  const seen = {};
  const scatter = document.querySelector(".scatter");
  const selects = [...scatter.querySelectorAll("select")];
  const place = (name) => [...selects[0].options].findIndex((option) => option.text === name);
  [selects[0].value, selects[1].value, selects[2].value] = [place("seed"), place("size"), place("valid_total")];
  selects[0].dispatchEvent(new Event("change", { bubbles: true }));
  seen.marks = JSON.parse(scatter.querySelector(".marks").textContent).t;
  seen.points = scatter.querySelectorAll("circle[data-row]").length;
  seen.label = scatter.querySelector(".drawing").getAttribute("aria-label");
  const colour = document.querySelector(".parallel select");
  const stroke = () => document.querySelectorAll(".parallel g[data-row]")[1].getAttribute("stroke");
  const before = stroke();
  colour.value = place("seed");
  colour.dispatchEvent(new Event("change", { bubbles: true }));
  seen.recoloured = before !== stroke();

  const drawing = document.querySelector(".parallel .drawing");
  drawing.setPointerCapture = () => {};
  const svg = drawing.querySelector("svg");
  const box = svg.getBoundingClientRect();
  const scale = box.width / Number(svg.getAttribute("width"));
  const [x, top, bottom] = ["x1", "y1", "y2"].map((name) => Number(svg.querySelector("line.axis").getAttribute(name)));
  const pointer = (kind, y) => drawing.dispatchEvent(new PointerEvent(kind, {
    clientX: box.left + x * scale, clientY: box.top + y * scale, pointerType: "mouse", bubbles: true }));
  const shown = () => [...document.querySelectorAll("tbody tr:not(.out) th")].map((cell) => cell.textContent);
  pointer("pointerdown", top);
  pointer("pointermove", (top + bottom) / 2);
  pointer("pointerup", (top + bottom) / 2);
  [seen.marked, seen.status] = [shown(), document.querySelector(".selected").textContent];
  pointer("pointerdown", top);
  pointer("pointerup", top);

  const head = [...document.querySelectorAll(".sortable thead button")];
  const press = (name) => head.find((button) => button.textContent === name).click();
  press("valid_total");
  const losses = () => [...document.querySelectorAll("tbody tr")].map((row) => Number(row.querySelector("td:nth-child(6)").dataset.number));
  seen.head = head.map((button) => button.textContent);
  seen.rising = losses();
  press("valid_total");
  seen.falling = losses();
  press("psnr");
  seen.first = shown();
  document.querySelector("tbody tr td").dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
  seen.lit = document.querySelectorAll(".lit").length;
  document.body.dataset.probe = JSON.stringify(seen);
});
</script>"#;

#[test]
fn the_page_is_alive_in_a_browser_and_asks_for_nothing_outside_of_it() {
    let place = shared();
    place.ok(&["runs", "--html", "all.html"]);
    let page = place.path("all.html");
    let html = report::check_file(&page);
    assert_eq!(html.matches("<tr data-row=").count(), 3);
    let Some(figures) = report::check_in_browser(&page) else { return };
    let names: Vec<&str> = figures.iter().map(|figure| figure["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["parallel-coordinates", "scatter"]);

    let folder = tempfile::tempdir().unwrap();
    let seen = report::probed(&page, folder.path(), READER).unwrap();
    assert_eq!(
        (&seen["points"], &seen["recoloured"], &seen["lit"]),
        (&3.into(), &true.into(), &3.into()),
        "{seen}"
    );
    assert!(
        seen["marks"][0].as_str().unwrap().starts_with("studies/s/runs/a: seed 7, size 3, valid_total "),
        "{seen}"
    );
    assert!(seen["label"].as_str().unwrap().starts_with("Scatter of 3 rows, size over seed"), "{seen}");
    assert_eq!(seen["marked"], serde_json::json!(["runs/large"]), "sizes 4 to 6");
    assert_eq!(seen["status"], "1 of 3 rows are within what is marked.");
    let losses = |key: &str| {
        seen[key].as_array().unwrap().iter().map(|loss| loss.as_f64().unwrap()).collect::<Vec<_>>()
    };
    let (rising, mut falling) = (losses("rising"), losses("falling"));
    assert!(rising.is_sorted() && rising.len() == 3, "{seen}");
    falling.reverse();
    assert_eq!(rising, falling);
    assert_eq!(seen["first"][0], "runs/large", "what has no value stands last");
}
