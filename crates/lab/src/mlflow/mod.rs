//! What an MLflow server is told of a training, over its REST interface: the recipe's keys as parameters, the terms of each
//! epoch as metrics, and at the end what was measured and drawn.
//!
//! The run keeps which run of the server it is told to, and how far ([`run::Tracking`]); so a training that goes on is told
//! to the same one. A server that goes away does not stop a training: what it was not told it is told later, from the events
//! of the run.

mod client;
mod tracked;

use crate::error::Error;

use self::client::{Client, Credentials};

pub use self::tracked::Tracked;

/// A server that answers.
#[derive(Clone, Debug)]
pub struct Server {
    client: Client,
    experiment: Option<String>,
}

impl Server {
    /// The server at `uri`, `http://…` or `https://…`, to tell trainings as runs of `experiment`, or of one that is called as
    /// their data set is. Asks it whether it is there. Whom it lets in is said by MLFLOW_TRACKING_USERNAME and
    /// MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.
    ///
    /// # Errors
    /// If `uri` is no such address, or the server does not answer or lets nobody in.
    pub fn connect(uri: &str, experiment: Option<String>) -> Result<Self, Error> {
        let client = Client::new(uri, Credentials::from_environment())?;
        client.ping().map_err(|error| {
            Error::refused(format!("{uri}: {error}"))
                .hint("is it an MLflow server, and does it run? `mlflow server --port 5000` starts one")
        })?;
        Ok(Self { client, experiment })
    }
}
