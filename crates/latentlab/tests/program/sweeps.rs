//! Studies of many members: listed, shared out between processes, ended early; killed, they come to the same.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::faults::{can_inject, strace};
use crate::harness::Place;

/// Four members that train in a moment.
const GRID: &str = r#"
name = "grid"
[sweep]
name = "plane"
recipe = "synthetic-digits-plane"
vary = [
    { key = "optimizer.learning_rate", values = [1e-3, 4e-3] },
    { key = "objective.kl.weight", from = 0.5, to = 1.0, steps = 2 },
]
"#;
const STUDY: [&str; 9] = [
    "study",
    "grid.toml",
    "--set",
    "data.count=300",
    "--set",
    "training.batch_size=32",
    "--threads",
    "1",
    "--epochs",
];

fn place(toml: &str) -> Place {
    let place = Place::new();
    fs::write(place.path("grid.toml"), toml).unwrap();
    place
}

fn with<'a>(epochs: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&STUDY[..], &[epochs], more].concat()
}

/// The weights of every run of a study, by its name.
fn weights(place: &Place, study: &str) -> BTreeMap<String, Vec<u8>> {
    let runs = fs::read_dir(place.path(study).join("runs")).unwrap().map(|entry| entry.unwrap());
    let last =
        |run: &fs::DirEntry| fs::read(run.path().join("checkpoints/last/weights.safetensors")).unwrap();
    runs.map(|run| (run.file_name().into_string().unwrap(), last(&run))).collect()
}

fn events(place: &Place, run: &str) -> Vec<Value> {
    let text = fs::read_to_string(place.path(run).join("events.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn manifest(place: &Place, run: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(place.path(run).join("manifest.json")).unwrap()).unwrap()
}

#[test]
fn members_are_listed_shared_out_and_compared_once_all_are_complete() {
    let place = place(GRID);
    let list = |words: &[&str]| place.json(&with("1", &[&["--out", "s", "--list"], words].concat()));
    let listed = list(&[]);
    let members = listed["members"].as_array().unwrap();
    let names: Vec<&str> = members.iter().filter_map(|member| member["name"].as_str()).collect();
    assert_eq!(names[1], "plane-learning-rate-0.001-weight-1-seed-0");
    assert_eq!(members[1]["settings"][1], "objective.kl.weight=1.0");
    assert!(members.iter().all(|member| member["state"] == "missing") && members.len() == 4);
    assert!(!place.path("s").exists(), "listing writes nothing");

    let ran = place.ok(&with("1", &["--out", "s", "--shard", "2/2"]));
    assert!(
        ran.stderr.contains("4 trainings (4 models × 1 seed), 2 left to this call: about"),
        "{}",
        ran.stderr
    );
    assert!(ran.stdout.contains("2 of 4 members complete, 2 missing"), "{}", ran.stdout);
    assert!(ran.stdout.contains(&format!("missing: {}\n", names[0])), "{}", ran.stdout);
    assert!(!place.path("s/report.html").exists());
    let states: Vec<Value> =
        list(&[])["members"].as_array().unwrap().iter().map(|member| member["state"].clone()).collect();
    assert_eq!(states, ["missing", "complete", "missing", "complete"]);

    // The command of the list, as it stands.
    let command = members[0]["command"].as_str().unwrap().strip_prefix("latentlab ").unwrap();
    let words: Vec<&str> = command.split(' ').map(|word| word.trim_matches('\'')).collect();
    let told = place.json(&words);
    assert_eq!((&told["status"], &told["members"]["missing"][0]), (&"partial".into(), &names[2].into()));
    // Who trains the last compares; a part that comes later does not compare again.
    let told = place.json(&with("1", &["--out", "s", "--only", names[2]]));
    assert_eq!(told["models"].as_array().unwrap().len(), 4);
    let page = || fs::metadata(place.path("s/report.html")).unwrap().modified().unwrap();
    let before = page();
    let told = place.json(&with("1", &["--out", "s", "--shard", "1/2"]));
    assert_eq!((&told["status"], page()), (&"complete".into(), before));
    assert!(place.json(&with("1", &["--out", "s"]))["models"].is_array() && page() > before);

    let refused = place.run(&with("1", &["--out", "s", "--only", "plane"]));
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("hint: --list shows all members"), "{}", refused.stderr);
}

#[test]
fn a_job_for_a_scheduler_is_printed() {
    let place = place(GRID);
    let words = with("1", &["--out", "s", "--submit", "slurm"]);
    let told = place.json(&words);
    assert_eq!((&told["tasks"], &told["cores"]), (&4.into(), &1.into()));
    let script = told["script"].as_str().unwrap();
    fs::write(place.path("study.sbatch"), script).unwrap();
    let checked =
        std::process::Command::new("bash").arg("-n").arg(place.path("study.sbatch")).status().unwrap();
    assert!(checked.success(), "{script}");
    assert!(
        script.contains(" --epochs 1 --out s ") && script.contains("--shard \"$SLURM_ARRAY_TASK_ID/4\""),
        "{script}"
    );
    let told = place.json(&with("1", &["--submit", "jobs", "--tasks", "3"]));
    assert!(told["script"].as_str().unwrap().contains("completions: 3"), "{told}");
    assert!(!place.path("s").exists());
}

/// The learning rates that are too low lose; the rule takes what all recorded, so two processes come to what one does.
#[test]
fn the_best_go_on_whoever_comes_first() {
    let rule = "stop = { kind = \"halving\", first = 1, factor = 2 }\n";
    let ruled = format!("{rule}{}", GRID.replace("4e-3]", "1e-5]"));
    let place = place(&ruled);
    let one = place.json(&with("4", &["--out", "one"]));
    let two: Vec<Child> = (0..2).map(|_| start(&place, &with("4", &["--out", "two", "--quiet"]))).collect();
    for mut child in two {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(weights(&place, "one"), weights(&place, "two"));
    let states = |study: &str| {
        let listed = place.json(&with("4", &["--out", study, "--list"]));
        let members = listed["members"].as_array().unwrap().clone();
        members
            .into_iter()
            .map(|member| (member["state"].clone(), member["detail"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(states("one"), states("two"));
    let epochs = |run: &str| manifest(&place, &format!("one/runs/{run}"))["epochs"]["done"].as_u64().unwrap();
    let mut done: Vec<u64> = weights(&place, "one").keys().map(|run| epochs(run)).collect();
    done.sort_unstable();
    assert_eq!(done, [1, 1, 2, 4]);
    assert_eq!(
        (one["models"].as_array().unwrap().len(), one["members"]["stopped"].as_array().unwrap().len()),
        (1, 3)
    );
    assert!(place.path("two/report.html").is_file());

    // One that was ended says why, and goes on to the weights that it would have come to.
    let stopped = one["members"]["stopped"][2].as_str().unwrap();
    let run = format!("one/runs/{stopped}");
    let told = manifest(&place, &run);
    assert_eq!((&told["status"], &told["early_end"]["cause"]), (&"interrupted".into(), &"study".into()));
    assert!(told["early_end"]["reason"].as_str().unwrap().contains("at epoch 1: 2 of 4 go on"), "{told}");
    place.ok(&["verify", &run]);
    place.ok(&["train", "--resume", &run, "--no-report", "--threads", "1"]);
    assert!(manifest(&place, &run)["early_end"].is_null());
    fs::write(place.path("grid.toml"), ruled.replace(rule, "")).unwrap();
    place.ok(&with("4", &["--out", "all"]));
    let (all, one) = (weights(&place, "all"), weights(&place, "one"));
    assert_eq!(all[stopped], one[stopped]);
    for (name, weights) in &one {
        assert!(epochs(name) < 4 || all[name] == *weights, "{name}");
    }
}

#[test]
fn one_that_diverges_does_not_end_the_study() {
    let place = place(&GRID.replace("4e-3]", "1e4]"));
    let ran = place.run(
        &[&with("1", &["--out", "s", "--json"])[..], &["--set", "training.on_divergence=\"stop\""]].concat(),
    );
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    let count = |word: &str| told["members"][word].as_array().map_or(0, Vec::len);
    assert_eq!(
        (count("complete"), count("failed"), told["models"].as_array().unwrap().len()),
        (2, 2, 2),
        "{told}"
    );
}

#[test]
fn without_locks_members_are_claimed_by_files() {
    if !can_inject() {
        return;
    }
    let place = place(GRID);
    let only = "plane-learning-rate-0.001-weight-1-seed-0";
    let words = with("1", &["--out", "s", "--only", only]);
    let claim = place.path(&format!("s/runs/{only}/claim"));
    let (ran, injected) = strace(&place, "flock:error=ENOSYS", &words).unwrap();
    assert!(injected && ran.code == Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("this file system has no locks: "), "{}", ran.stderr);
    assert!(!claim.exists());
    // Another process's claim is passed by, and how it is removed is said.
    fs::remove_file(place.path(&format!("s/runs/{only}/manifest.json"))).unwrap();
    fs::remove_dir_all(place.path("s/runs")).unwrap();
    fs::create_dir_all(claim.parent().unwrap()).unwrap();
    fs::write(&claim, "process 7 on far-away, since yesterday\n").unwrap();
    let (ran, _) = strace(&place, "flock:error=ENOSYS", &words).unwrap();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("process 7 on far-away, since yesterday; if it no longer runs, remove"),
        "{}",
        ran.stderr
    );
    assert!(ran.stdout.contains("1 at work"), "{}", ran.stdout);
}

fn start(place: &Place, arguments: &[&str]) -> Child {
    place.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Two processes train one study while one of them is killed now and then, `kills` times; then both end it.
fn two_processes_and_kills(kills: u64) {
    let place = place(GRID);
    let began = Instant::now();
    place.ok(&with("3", &["--out", "whole", "--quiet"]));
    let whole = began.elapsed();
    let mut random = 7_u64;
    let mut draw = |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    let shared = with("3", &["--out", "shared", "--quiet"]);
    let mut children = [start(&place, &shared), start(&place, &shared)];
    let mut killed = 0;
    while killed < kills {
        sleep(whole.mul_f64(draw(1000) as f64 / 4000.0) + Duration::from_millis(20));
        let child = &mut children[draw(2) as usize];
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            killed += 1;
        } else if killed < kills && draw(2) == 0 {
            // Both may have ended by now: what is complete is lost, and trained again, so that there is something to kill.
            let runs = fs::read_dir(place.path("shared/runs")).unwrap().map(|entry| entry.unwrap().path());
            let runs: Vec<_> = runs.collect();
            if children.iter_mut().all(|child| child.try_wait().unwrap().is_some()) {
                fs::remove_dir_all(&runs[draw(runs.len() as u64) as usize]).unwrap();
            }
        }
        for child in &mut children {
            if child.try_wait().unwrap().is_some() {
                *child = start(&place, &shared);
            }
        }
    }
    for mut child in children {
        child.wait().unwrap();
    }
    let told = place.json(&with("3", &["--out", "shared"]));
    assert_eq!(told["members"]["complete"].as_array().unwrap().len(), 4, "{told}");
    assert!(weights(&place, "whole") == weights(&place, "shared"));
    for run in weights(&place, "shared").keys() {
        // Each session takes up where the last saved, epoch by epoch: no two wrote at once, and nothing was trained again.
        let (mut done, mut again) = (0, 0);
        for event in events(&place, &format!("shared/runs/{run}")) {
            let epoch = || event["epoch"].as_u64().unwrap();
            match event["event"].as_str().unwrap() {
                "run_started" => {
                    assert!(epoch() == done || epoch() + 1 == done, "{run}: from {done} to {}", epoch());
                    again += done - epoch();
                    done = epoch();
                }
                "epoch" => {
                    assert_eq!(epoch(), done + 1, "{run}");
                    done += 1;
                }
                _ => {}
            }
        }
        assert_eq!(done, 3, "{run}");
        assert!(again <= kills, "{run}: only an epoch whose end was not saved yet comes twice");
        place.ok(&["verify", &format!("shared/runs/{run}")]);
    }
    println!("{kills} kills: every member trained once, to the same weights");
}

#[test]
fn two_processes_share_a_study_and_survive_kills() {
    two_processes_and_kills(3);
}

#[test]
#[ignore = "takes minutes"]
fn two_processes_share_a_study_and_survive_twenty_kills() {
    two_processes_and_kills(20);
}

#[test]
fn many_models_stand_in_rows_the_best_first() {
    let place = Place::new();
    let rates = "name = \"many\"\n[sweep]\nname = \"rate\"\nrecipe = \"synthetic-digits-plane\"\nkey = \"optimizer.learning_rate\"\n\
                 values = [1e-5, 1e-2, 1e-4, 3e-3, 3e-5, 1e-3, 3e-4]\n";
    fs::write(place.path("many.toml"), rates).unwrap();
    let study = ["study", "many.toml", "--epochs", "2", "--set", "data.count=200"];
    let said = place.ok(&study).stdout;
    let results: Value =
        serde_json::from_slice(&fs::read(place.path("studies/many/results.json")).unwrap()).unwrap();
    let models = results["models"].as_array().unwrap();
    let names: Vec<&str> = models.iter().map(|model| model["name"].as_str().unwrap()).collect();
    let mut lines = said.lines().skip_while(|line| !line.trim_start().starts_with("model "));
    assert!(lines.next().unwrap().contains("PSNR (dB), higher"), "{said}");
    for (line, name) in lines.by_ref().zip(&names) {
        assert!(line.trim_start().starts_with(name), "{name}: {line}");
    }
    assert!(names.len() == 7 && names[0] == "rate 0.01" && said.contains("others"), "{names:?} {said}");
}
