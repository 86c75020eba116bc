//! `--mlflow` of the verbs that train.

use crate::lab::mlflow::Server;
use crate::program::failure::Failure;

/// Which server is told of trainings.
#[derive(Debug, clap::Args)]
pub struct TrackingArguments {
    /// Tell the MLflow server at this address: the recipe's keys, the terms of every epoch, and at the end what was measured
    /// and drawn; a run that is resumed goes on in the same run there. A server that goes away is told later, and does not
    /// stop the training [default without an address: MLFLOW_TRACKING_URI]
    #[arg(long, value_name = "URI", num_args = 0..=1, default_missing_value = "")]
    pub mlflow: Option<String>,

    /// Name of the experiment there [default: that of the study, else of the data set]
    #[arg(long, value_name = "NAME", requires = "mlflow")]
    pub mlflow_experiment: Option<String>,
}

impl TrackingArguments {
    /// The server, once it has answered; `experiment` is the name where none is given.
    pub fn server(&self, experiment: Option<&str>) -> Result<Option<Server>, Failure> {
        let Some(given) = &self.mlflow else { return Ok(None) };
        let uri = match given.as_str() {
            "" => std::env::var("MLFLOW_TRACKING_URI").map_err(|_| {
                Failure::mistake("--mlflow: says no address, and MLFLOW_TRACKING_URI is not set")
                    .hint("--mlflow http://127.0.0.1:5000")
            })?,
            given => given.to_owned(),
        };
        let experiment = self.mlflow_experiment.clone().or_else(|| experiment.map(str::to_owned));
        Ok(Some(Server::connect(&uri, experiment)?))
    }
}
