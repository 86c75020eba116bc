//! MLflow's REST interface: the few calls that tell it of a training.
//!
//! <https://mlflow.org/docs/latest/api_reference/rest-api.html>; files go through the server's own store of artefacts,
//! `/api/2.0/mlflow-artifacts/artifacts/…`.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use ureq::http::{Response, header};

use crate::error::Error;

/// Metrics, and parameters, that one request may have.
pub(super) const MOST_METRICS: usize = 1000;
const MOST_PARAMETERS: usize = 100;
/// Letters of a parameter's value that every server takes.
const LONGEST_VALUE: usize = 500;

/// Why a call failed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum CallError {
    /// The server did not answer, or is not well: it may be over soon.
    Away(String),
    /// The server refused, for a reason that it gives by a name of its own and in words.
    Refused { code: String, message: String },
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Away(reason) => f.write_str(reason),
            Self::Refused { code, message } => write!(f, "{message} ({code})"),
        }
    }
}

/// Who asks.
#[derive(Clone, Default)]
pub(super) struct Credentials(Option<String>);

impl Credentials {
    /// As MLflow's own programs read them.
    pub fn from_environment() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let basic = || {
            let user = variable("MLFLOW_TRACKING_USERNAME")?;
            let password = variable("MLFLOW_TRACKING_PASSWORD")?;
            Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
        };
        Self(basic().or_else(|| Some(format!("Bearer {}", variable("MLFLOW_TRACKING_TOKEN")?))))
    }
}

/// They are for the server alone.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

/// One value of a metric.
pub(super) struct Metric {
    pub key: String,
    pub value: f64,
    /// Milliseconds since 1970.
    pub timestamp: i64,
    /// Epochs done.
    pub step: u64,
}

/// A run as the server has it.
pub(super) struct ServerRun {
    pub id: String,
    pub artifact_uri: String,
}

/// Calls a server.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub uri: String,
    credentials: Credentials,
    agent: ureq::Agent,
}

impl Client {
    pub fn new(uri: &str, credentials: Credentials) -> Result<Self, Error> {
        let uri = uri.trim_end_matches('/');
        let host = uri.strip_prefix("http://").or_else(|| uri.strip_prefix("https://"));
        let Some(host) = host.filter(|host| !host.is_empty()) else {
            return Err(Error::refused(format!("--mlflow {uri}: must begin with http:// or https://"))
                .hint("the address of an MLflow server: --mlflow http://127.0.0.1:5000"));
        };
        if host.split('/').next().is_some_and(|authority| authority.contains('@')) {
            return Err(Error::refused("--mlflow: the address must not have a user and a password in it")
                .hint("MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD say who asks"));
        }
        let agent = ureq::Agent::config_builder()
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_recv_response(Some(Duration::from_secs(30)))
            .timeout_global(Some(Duration::from_secs(300)))
            .http_status_as_error(false)
            .user_agent(concat!("latentlab/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        Ok(Self { uri: uri.to_owned(), credentials, agent })
    }

    /// Whether the server is there and lets one in.
    pub fn ping(&self) -> Result<(), CallError> {
        self.get("experiments/search", &[("max_results", "1")]).map(drop)
    }

    /// The identifier of the experiment, which is made if it is not there.
    pub fn experiment(&self, name: &str) -> Result<String, CallError> {
        let found = match self.get("experiments/get-by-name", &[("experiment_name", name)]) {
            Err(CallError::Refused { code, .. }) if code == "RESOURCE_DOES_NOT_EXIST" => {
                let made = self.post("experiments/create", &json!({ "name": name }))?;
                return text(&made, "/experiment_id");
            }
            found => found?,
        };
        if found.pointer("/experiment/lifecycle_stage").is_some_and(|stage| stage == "deleted") {
            let message = format!("the experiment {name} was deleted; --mlflow-experiment names another");
            return Err(CallError::Refused { code: "INVALID_STATE".into(), message });
        }
        text(&found, "/experiment/experiment_id")
    }

    /// A new run.
    pub fn create_run(
        &self,
        experiment: &str,
        name: &str,
        start: i64,
        tags: &[(&str, &str)],
    ) -> Result<ServerRun, CallError> {
        let tags: Vec<Value> =
            tags.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
        let asked =
            json!({ "experiment_id": experiment, "run_name": name, "start_time": start, "tags": tags });
        let made = self.post("runs/create", &asked)?;
        let (id, artifact_uri) = (text(&made, "/run/info/run_id")?, text(&made, "/run/info/artifact_uri")?);
        Ok(ServerRun { id, artifact_uri })
    }

    /// How the run stands: `RUNNING`, `FINISHED`, `FAILED` or `KILLED`, and since when.
    pub fn set_status(&self, run: &str, status: &str, end: Option<i64>) -> Result<(), CallError> {
        let mut asked = json!({ "run_id": run, "status": status });
        if let Some(end) = end {
            asked["end_time"] = json!(end);
        }
        self.post("runs/update", &asked).map(drop)
    }

    /// Keys of the parameters that the server has of the run.
    pub fn parameters(&self, run: &str) -> Result<BTreeSet<String>, CallError> {
        let found = self.get("runs/get", &[("run_id", run)])?;
        let parameters = found.pointer("/run/data/params").and_then(Value::as_array).into_iter().flatten();
        Ok(parameters.filter_map(|parameter| Some(parameter.get("key")?.as_str()?.to_owned())).collect())
    }

    /// Parameters of the run, which can be told once.
    pub fn log_parameters(&self, run: &str, parameters: &[(String, String)]) -> Result<(), CallError> {
        for part in parameters.chunks(MOST_PARAMETERS) {
            let part: Vec<Value> = part
                .iter()
                .map(|(key, value)| {
                    let value: String = value.chars().take(LONGEST_VALUE).collect();
                    json!({ "key": name(key), "value": value })
                })
                .collect();
            self.post("runs/log-batch", &json!({ "run_id": run, "params": part }))?;
        }
        Ok(())
    }

    /// Values of metrics.
    pub fn log_metrics(&self, run: &str, metrics: &[Metric]) -> Result<(), CallError> {
        for part in metrics.chunks(MOST_METRICS) {
            let part: Vec<Value> = part
                .iter()
                .map(|Metric { key, value, timestamp, step }| {
                    json!({ "key": name(key), "value": number(*value), "timestamp": timestamp, "step": step })
                })
                .collect();
            self.post("runs/log-batch", &json!({ "run_id": run, "metrics": part }))?;
        }
        Ok(())
    }

    /// Puts a file of the run into the server's store: `name` below `artifact_uri`.
    pub fn put_artifact(&self, artifact_uri: &str, name: &str, bytes: &[u8]) -> Result<(), CallError> {
        let Some(store) =
            artifact_uri.strip_prefix("mlflow-artifacts:/").filter(|path| !path.starts_with('/'))
        else {
            let message = format!("its artefacts lie at {artifact_uri}, and not with the server");
            return Err(CallError::Refused { code: "NOT_SERVED".into(), message });
        };
        let url = format!("{}/api/2.0/mlflow-artifacts/artifacts/{store}/{name}", self.uri);
        let mut request = self.agent.put(url).header(header::CONTENT_TYPE, "application/octet-stream");
        if let Some(credentials) = &self.credentials.0 {
            request = request.header(header::AUTHORIZATION, credentials);
        }
        answer(request.send(bytes)).map(drop)
    }

    fn get(&self, call: &str, query: &[(&str, &str)]) -> Result<Value, CallError> {
        let mut request = self.agent.get(format!("{}/api/2.0/mlflow/{call}", self.uri));
        for (key, value) in query {
            request = request.query(key, value);
        }
        if let Some(credentials) = &self.credentials.0 {
            request = request.header(header::AUTHORIZATION, credentials);
        }
        answer(request.call())
    }

    fn post(&self, call: &str, body: &Value) -> Result<Value, CallError> {
        let url = format!("{}/api/2.0/mlflow/{call}", self.uri);
        let mut request = self.agent.post(url).header(header::CONTENT_TYPE, "application/json");
        if let Some(credentials) = &self.credentials.0 {
            request = request.header(header::AUTHORIZATION, credentials);
        }
        answer(request.send(body.to_string().as_bytes()))
    }
}

/// What the server answered: an object, or why not.
fn answer(answered: Result<Response<ureq::Body>, ureq::Error>) -> Result<Value, CallError> {
    let mut response = answered.map_err(|error| CallError::Away(error.to_string()))?;
    let status = response.status();
    let body = response.body_mut().read_to_string().map_err(|error| CallError::Away(error.to_string()))?;
    let object = serde_json::from_str::<Value>(&body).ok().filter(Value::is_object);
    if status.is_success() {
        // Some calls answer nothing.
        return match object {
            Some(object) => Ok(object),
            None if body.trim().is_empty() => Ok(json!({})),
            None => Err(CallError::Refused { code: status.to_string(), message: "answers no JSON".into() }),
        };
    }
    let field = |name: &str| object.as_ref()?.get(name)?.as_str().map(str::to_owned);
    if status.is_server_error() || status == 429 {
        return Err(CallError::Away(format!(
            "{status}{}",
            field("message").map_or_else(String::new, |text| format!(": {text}"))
        )));
    }
    let message = match status.as_u16() {
        401 | 403 => {
            "lets nobody in without the right MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or \
                      MLFLOW_TRACKING_TOKEN"
                .to_owned()
        }
        _ => field("message").unwrap_or_else(|| "refuses".to_owned()),
    };
    Err(CallError::Refused { code: field("error_code").unwrap_or_else(|| status.to_string()), message })
}

fn text(object: &Value, pointer: &str) -> Result<String, CallError> {
    object.pointer(pointer).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| CallError::Refused {
        code: "NO_FIELD".to_owned(),
        message: format!("its answer has no {}", &pointer[1..].replace('/', ".")),
    })
}

/// Letters that names of metrics and parameters may have: `model.encoder[0].filters` is `model.encoder.0.filters`.
pub(super) fn name(key: &str) -> String {
    let key = key.replace('[', ".").replace(']', "");
    let plain = |c: char| if c.is_alphanumeric() || "_-. :/".contains(c) { c } else { '_' };
    key.chars().map(plain).take(250).collect()
}

/// What JSON has no numbers for is written as the server reads it.
fn number(value: f64) -> Value {
    match value {
        value if value.is_finite() => json!(value),
        value if value.is_nan() => json!("NaN"),
        value => json!(if value > 0.0 { "Infinity" } else { "-Infinity" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked() {
        let refused = |uri: &str| Client::new(uri, Credentials::default()).unwrap_err().to_string();
        assert!(refused("mnist-mlp-vae").contains("must begin with http:// or https://"));
        assert!(refused("http://").contains("must begin with"));
        assert!(
            refused("http://me:secret@host/").contains("must not have a user")
                && !refused("http://me:secret@host").contains("secret")
        );
        assert_eq!(
            Client::new("https://host/mlflow/", Credentials::default()).unwrap().uri,
            "https://host/mlflow"
        );
    }

    #[test]
    fn names_and_numbers_are_as_servers_take_them() {
        assert_eq!(name("model.encoder[0].layers[1].units"), "model.encoder.0.layers.1.units");
        assert_eq!(name("valid/total"), "valid/total");
        assert_eq!(
            [number(0.5), number(f64::NAN), number(f64::NEG_INFINITY)],
            [json!(0.5), json!("NaN"), json!("-Infinity")]
        );
    }
}
