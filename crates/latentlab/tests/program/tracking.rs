//! What an MLflow server is told, by one that writes down what it hears.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::harness::{Place, TINY};

/// A request that came.
#[derive(Clone, Debug)]
struct Request {
    method: String,
    path: String,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

impl Request {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }
}

/// A server that answers as MLflow does, and writes down what it hears.
struct Server {
    uri: String,
    heard: Arc<Mutex<Vec<Request>>>,
    /// Whether it answers metrics with an error of its own.
    is_away: Arc<AtomicBool>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let uri = format!("http://{}", listener.local_addr().unwrap());
        let (heard, is_away) = (Arc::<Mutex<Vec<Request>>>::default(), Arc::<AtomicBool>::default());
        let server = Self { uri, heard: Arc::clone(&heard), is_away: Arc::clone(&is_away) };
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (heard, is_away) = (Arc::clone(&heard), Arc::clone(&is_away));
                thread::spawn(move || serve(stream.unwrap(), &heard, &is_away));
            }
        });
        server
    }

    /// The bodies of the calls of `path`.
    fn calls(&self, path: &str) -> Vec<Value> {
        let path = format!("/api/2.0/mlflow/{path}");
        self.heard.lock().unwrap().iter().filter(|request| request.path == path).map(Request::json).collect()
    }

    /// All metrics of one name by step, as they were told.
    fn metric(&self, key: &str) -> Vec<(u64, Value)> {
        let batches = self.calls("runs/log-batch");
        let metrics =
            batches.iter().flat_map(|batch| batch["metrics"].as_array().cloned().unwrap_or_default());
        let told = metrics.filter(|metric| metric["key"] == key);
        told.map(|metric| (metric["step"].as_u64().unwrap(), metric["value"].clone())).collect()
    }
}

fn serve(stream: TcpStream, heard: &Mutex<Vec<Request>>, is_away: &AtomicBool) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let mut words = line.split_whitespace().map(str::to_owned);
        let (method, target) = (words.next().unwrap(), words.next().unwrap());
        let mut headers = HashMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.insert(name.to_ascii_lowercase(), value.to_owned());
        }
        let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let is_metric = path.ends_with("log-batch") && body.windows(9).any(|part| part == b"\"metrics\"");
        let (status, answer) = match path.rsplit("/api/2.0/mlflow/").next().unwrap() {
            _ if is_metric && is_away.load(Ordering::SeqCst) => ("503 Service Unavailable", json!({})),
            "experiments/search" => ("200 OK", json!({ "experiments": [] })),
            "experiments/get-by-name" if query == "experiment_name=there" => {
                ("200 OK", json!({ "experiment": { "experiment_id": "4", "lifecycle_stage": "active" } }))
            }
            "experiments/get-by-name" => {
                ("404 Not Found", json!({ "error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no" }))
            }
            "experiments/create" => ("200 OK", json!({ "experiment_id": "9" })),
            "runs/get" => {
                let heard = heard.lock().unwrap();
                let batches = heard.iter().filter(|request| request.path.ends_with("runs/log-batch"));
                let told: Vec<Value> =
                    batches.filter_map(|batch| batch.json().get("params").cloned()).collect();
                let told: Vec<&Value> = told.iter().flat_map(|params| params.as_array().unwrap()).collect();
                ("200 OK", json!({ "run": { "data": { "params": told } } }))
            }
            "runs/create" => {
                let info = json!({ "run_id": "r1", "artifact_uri": "mlflow-artifacts:/9/r1/artifacts" });
                ("200 OK", json!({ "run": { "info": info } }))
            }
            _ => ("200 OK", json!({})),
        };
        let path = path.to_owned();
        if !status.starts_with("503") {
            heard.lock().unwrap().push(Request { method, path, headers, body });
        }
        let answer = answer.to_string();
        let length = answer.len();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        if stream.write_all(format!("{head}{answer}").as_bytes()).is_err() {
            return;
        }
    }
}

fn epochs(place: &Place, run: &str) -> Vec<Value> {
    let log = fs::read_to_string(place.path(run).join("events.jsonl")).unwrap();
    let events = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    events.filter(|event| event["event"] == "epoch").collect()
}

#[test]
fn a_server_is_told_everything_and_a_resumed_training_goes_on_there() {
    let (place, server) = (Place::new(), Server::start());
    let train =
        [&["train", "synthetic-digits-plane", "--out", "runs/told", "--mlflow", &server.uri], &TINY[..]]
            .concat();
    let mut command = place.command(&train);
    command.env("MLFLOW_TRACKING_USERNAME", "ann").env("MLFLOW_TRACKING_PASSWORD", "s:t");
    let ran = place.ran(command.output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stderr.contains(&format!("mlflow: {}/#/experiments/9/runs/r1", server.uri)),
        "{}",
        ran.stderr
    );

    assert_eq!(server.calls("experiments/create"), [json!({ "name": "synthetic-digits" })]);
    let created = &server.calls("runs/create")[0];
    assert_eq!((&created["experiment_id"], &created["run_name"]), (&"9".into(), &"told".into()));
    assert!(created["start_time"].as_i64().unwrap() > 1_700_000_000_000);
    let tags = created["tags"].as_array().unwrap();
    assert!(
        tags.contains(&json!({ "key": "latentlab.version", "value": env!("CARGO_PKG_VERSION") })),
        "{tags:?}"
    );
    let batches = server.calls("runs/log-batch");
    let parameters: Vec<&Value> =
        batches.iter().filter_map(|batch| batch["params"].as_array()).flatten().collect();
    assert!(parameters.contains(&&json!({ "key": "data.count", "value": "300" })));
    assert!(parameters.contains(&&json!({ "key": "model.encoder.0.layer", "value": "flatten" })));
    assert!(parameters.iter().all(|parameter| parameter["value"].is_string()));
    assert!(batches.iter().all(|batch| batch["run_id"] == "r1"));
    assert!(batches.iter().all(|batch| batch["params"].as_array().is_none_or(|all| all.len() <= 100)));

    let kept = epochs(&place, "runs/told");
    for (key, at) in
        [("train/total", "/train/total"), ("valid/kl", "/valid/kl"), ("learning_rate", "/learning_rate")]
    {
        let expected: Vec<(u64, Value)> = kept
            .iter()
            .map(|epoch| (epoch["epoch"].as_u64().unwrap(), epoch.pointer(at).unwrap().clone()))
            .collect();
        assert_eq!(server.metric(key), expected, "{key}");
    }
    let updates = server.calls("runs/update");
    assert_eq!(updates.last().unwrap()["status"], "FINISHED");
    assert!(updates.last().unwrap()["end_time"].is_i64());

    let heard = server.heard.lock().unwrap().clone();
    let authorization = "Basic YW5uOnM6dA=="; // ann:s:t
    assert!(heard.iter().all(|request| request.headers["authorization"] == authorization));
    let files: Vec<&Request> = heard.iter().filter(|request| request.method == "PUT").collect();
    let store = "/api/2.0/mlflow-artifacts/artifacts/9/r1/artifacts/";
    for name in ["recipe.toml", "report.html", "figures/loss-curves.svg", "figures/loss-curves.png"] {
        let file = files
            .iter()
            .find(|file| file.path == format!("{store}{name}"))
            .unwrap_or_else(|| panic!("{name}"));
        assert!(file.body == fs::read(place.path("runs/told").join(name)).unwrap(), "{name}");
    }
    let state = fs::read_to_string(place.path("runs/told/mlflow.json")).unwrap();
    assert!(!state.contains("ann"), "{state}");

    let mut command =
        place.command(&["train", "--resume", "runs/told", "--epochs", "3", "--no-report", "--mlflow"]);
    let ran = place.ran(command.env("MLFLOW_TRACKING_URI", &server.uri).output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(server.calls("runs/create").len(), 1);
    let steps: Vec<u64> = server.metric("valid/total").into_iter().map(|(step, _)| step).collect();
    assert_eq!(steps, [1, 2, 3]);
    let after = server.calls("runs/log-batch").split_off(batches.len());
    let told: Vec<Value> = after.iter().filter_map(|batch| batch.get("params").cloned()).collect();
    let restart = json!([{ "key": "optimizer.schedule.restarts", "value": "[2]" }]);
    assert_eq!(told, [restart], "parameters can be told once");
}

#[test]
fn a_server_that_goes_away_stops_no_training_and_is_told_later() {
    let (place, server) = (Place::new(), Server::start());
    server.is_away.store(true, Ordering::SeqCst);
    let more = ["--no-report", "--mlflow", &server.uri, "--mlflow-experiment", "there"];
    let train = [&["train", "synthetic-digits-plane", "--out", "run"], &TINY[..], &more[..]].concat();
    let ran = place.ok(&train);
    assert!(server.calls("experiments/create").is_empty());
    assert_eq!(server.calls("runs/create")[0]["experiment_id"], "4");
    let resume = format!("`latentlab train --resume run --mlflow {}` sends what is missing", server.uri);
    assert!(ran.stderr.contains("knows 0 of 2 epochs") && ran.stderr.contains(&resume), "{}", ran.stderr);
    assert!(server.metric("valid/total").is_empty());
    server.is_away.store(false, Ordering::SeqCst);
    place.ok(&["train", "--resume", "run", "--no-report", "--mlflow", &server.uri]);
    let expected: Vec<(u64, Value)> = epochs(&place, "run")
        .iter()
        .map(|epoch| (epoch["epoch"].as_u64().unwrap(), epoch["valid"]["total"].clone()))
        .collect();
    assert_eq!(server.metric("valid/total"), expected);
    assert_eq!(server.calls("runs/update").last().unwrap()["status"], "FINISHED");
}

#[test]
fn a_study_is_one_experiment_with_a_run_for_each_training() {
    let (place, server) = (Place::new(), Server::start());
    let study = "schema = 1\nname = \"sizes\"\n[sweep]\nname = \"size\"\nrecipe = \"synthetic-digits-plane\"\n\
                 key = \"model.latent.size\"\nvalues = [2, 3]\n";
    fs::write(place.path("sizes.toml"), study).unwrap();
    place.ok(&["study", "sizes.toml", "--epochs", "1", "--set", "data.count=300", "--mlflow", &server.uri]);
    assert_eq!(server.calls("experiments/create")[0], json!({ "name": "sizes" }));
    let names: Vec<Value> =
        server.calls("runs/create").iter().map(|created| created["run_name"].clone()).collect();
    assert_eq!(names, ["size-2-seed-0", "size-3-seed-0"]);
    let ended: Vec<Value> =
        server.calls("runs/update").iter().map(|update| update["status"].clone()).collect();
    assert_eq!(ended, ["FINISHED", "FINISHED"]);
}

#[test]
fn who_does_not_answer_is_said_before_anything_is_trained() {
    let place = Place::new();
    let nobody = "http://127.0.0.1:9";
    for (given, said) in [
        (&["--mlflow", nobody][..], "http://127.0.0.1:9: "),
        (&["--mlflow", "sqlite:///a.db"], "must begin with http:// or https://"),
        (&["--mlflow", "http://me:secret@host"], "MLFLOW_TRACKING_USERNAME"),
        (&["--mlflow"], "MLFLOW_TRACKING_URI is not set"),
        (&["--mlflow-experiment", "x"], "--mlflow"),
    ] {
        let mut command = place.command(&[&["train", "--out", "run"], given].concat());
        let ran = place.ran(command.env_remove("MLFLOW_TRACKING_URI").output().unwrap());
        assert!(ran.code == Some(2) && ran.stderr.contains(said), "{given:?}: {}", ran.stderr);
        assert!(!place.path("run").exists() && !ran.stderr.contains("secret"), "{given:?}");
    }
}
