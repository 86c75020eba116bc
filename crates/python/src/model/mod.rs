//! [`Model`]: a run's trained network, on arrays.

mod given;
mod output;
mod stored;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use latentlab::Embedding;
use latentlab::lab::anomalies::{Score, Scores};
use latentlab::lab::evaluation::samplers::Sampler;
use latentlab::lab::pictures::sides;
use latentlab::lab::{Lab, Run};
use latentlab::run::Slot;
use latentlab::train::{Recipe, TrainedModel};
use numpy::PyUntypedArrayMethods;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use self::given::{After, pieces};
use self::output::drawn;
use self::stored::Stored;
use crate::arrays::{flat, shaped, table};
use crate::failure::{raise, refused, refused_with};
use crate::watch::watched;

/// Images that go through the network between two looks at signals.
const PIECE: usize = 1024;

/// A run's trained model. Calls take turns, and release the interpreter.
#[pyclass(frozen, module = "latentlab._native")]
pub struct Model {
    /// Taken without the interpreter alone: whoever has it may wait for nothing of Python's.
    trained: Mutex<TrainedModel>,
    recipe: Recipe,
    slot: Slot,
    epoch: u64,
    is_variational: bool,
    /// The columns of a table, and the shape of images without the border that the recipe puts around them.
    rows: Option<usize>,
    image: [usize; 3],
    latent: usize,
}

fn slot_named(name: &str) -> PyResult<Slot> {
    let found = Slot::ALL.into_iter().find(|slot| slot.name() == name);
    found.ok_or_else(|| refused(format!("slot = {name:?}: must be best or last")))
}

fn lab_with(threads: Option<usize>) -> Lab {
    threads.into_iter().fold(Lab::default(), Lab::with_threads)
}

#[pymethods]
impl Model {
    /// The model of the run in `folder`: its best weights, unless `slot` says otherwise.
    #[staticmethod]
    #[pyo3(signature = (folder, *, slot = None, threads = None))]
    fn open(py: Python<'_>, folder: PathBuf, slot: Option<&str>, threads: Option<usize>) -> PyResult<Self> {
        let slot = slot.map(slot_named).transpose()?;
        let open = || Run::open(&folder, slot, &lab_with(threads)).map(|run| run.trained);
        Ok(Self::of(py.detach(open).map_err(raise)?))
    }

    /// The model that [`to_bytes`](Self::to_bytes) wrote.
    #[staticmethod]
    #[pyo3(signature = (data, *, threads = None))]
    fn from_bytes(py: Python<'_>, data: &[u8], threads: Option<usize>) -> PyResult<Self> {
        let refuse = |why| refused(format!("these bytes are no model of latentlab: {why}"));
        let Stored { recipe, slot, epoch, weights } = stored::read(data).map_err(refuse)?;
        let recipe = Recipe::parse(&recipe, "recipe of the model", &[]).map_err(raise)?;
        let (slot, compute) = (slot_named(&slot)?, lab_with(threads).compute().map_err(raise)?);
        let of = Path::new("model");
        let trained =
            py.detach(|| TrainedModel::new(of, recipe, weights, slot, epoch, compute)).map_err(raise)?;
        Ok(Self::of(trained))
    }

    /// The model as bytes: recipe and weights, and nothing of the data.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let weights = py.detach(|| self.lock().model.to_safetensors()).map_err(raise)?;
        let bytes = stored::write(self.recipe()?, self.slot, self.epoch, &weights);
        Ok(PyBytes::new(py, &bytes.map_err(|error| refused(error.to_string()))?))
    }

    /// The recipe that it was trained by, as TOML.
    #[getter]
    fn recipe(&self) -> PyResult<String> {
        self.recipe.to_toml().map_err(raise)
    }

    /// Whether it is a variational autoencoder.
    #[getter]
    fn is_variational(&self) -> bool {
        self.is_variational
    }

    /// Numbers of a code.
    #[getter]
    fn latent_size(&self) -> usize {
        self.latent
    }

    /// Shape of one image, (height, width, channels), or of one row, (columns,).
    #[getter]
    fn input_shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let shape = match self.rows {
            Some(columns) => vec![columns],
            None => self.image.to_vec(),
        };
        Ok(pyo3::types::PyTuple::new(py, shape)?.into_any())
    }

    /// Names of the columns of a table; None of images.
    #[getter]
    fn columns(&self) -> Option<Vec<String>> {
        self.recipe.data.columns.as_ref().map(|columns| columns.names.clone())
    }

    /// Epochs that it was trained.
    #[getter]
    fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Which weights it has: best or last.
    #[getter]
    fn slot(&self) -> &'static str {
        self.slot.name()
    }

    /// The reconstruction's loss: bce, squared_error, gaussian, l1 or charbonnier.
    #[getter]
    fn loss(&self) -> PyResult<String> {
        let loss = serde_json::to_value(self.recipe.objective.reconstruction.loss);
        loss.ok().and_then(|loss| loss.as_str().map(ToOwned::to_owned)).ok_or_else(|| refused("no loss"))
    }

    /// Means of the codes' posterior, and their log variances where the model is variational, both [n, latent_size].
    fn encode<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
    ) -> PyResult<(Bound<'py, PyAny>, Option<Bound<'py, PyAny>>)> {
        let given = self.given(x)?;
        let Embedding { mean, log_var, .. } = self.watched_on(py, given, |trained, seen, count, stop| {
            let mut all = Embedding { mean: Vec::new(), log_var: None, code: trained.model.code_shape() };
            pieces(count, stop, |first, count| {
                let piece = trained.model.encode_from(&After { seen, first }, count);
                all.mean.extend(piece.mean);
                if let Some(log_var) = piece.log_var {
                    all.log_var.get_or_insert_default().extend(log_var);
                }
            });
            Ok(all)
        })?;
        let shape = [mean.len() / self.latent, self.latent];
        let log_var = log_var.map(|log_var| shaped(py, log_var, &shape)).transpose()?;
        Ok((shaped(py, mean, &shape)?, log_var))
    }

    /// Images in [0, 1], or rows in the table's own units, that `codes` [n, latent_size] stand for.
    fn decode<'py>(&self, py: Python<'py>, codes: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let codes = table(codes, "codes")?;
        let (shape, each) = (codes.shape(), self.latent);
        if shape[1] != each {
            return Err(refused(format!("codes have {} numbers: this model's have {each}", shape[1])));
        }
        let codes = codes.as_slice()?;
        let images = watched(py, None, |_, stop| self.decoded(&mut self.lock(), codes, &stop))?;
        self.output(py, images.map_err(raise)?)
    }

    /// What becomes of `x` on its way through the code (the posterior's mean).
    fn reconstruct<'py>(&self, py: Python<'py>, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let given = self.given(x)?;
        let images = self.watched_on(py, given, |trained, seen, count, stop| {
            let mut images = Vec::new();
            pieces(count, stop, |first, count| {
                images.extend(trained.model.reconstruct_from(&After { seen, first }, count));
            });
            Ok(self.in_units(images))
        })?;
        self.output(py, images)
    }

    /// Losses of each image, in nats where the loss is a likelihood: "reconstruction" from the posterior's mean, and of a
    /// variational model "kl" and "neg_elbo", which is averaged over `samples` draws; with 0 of them it is left out.
    #[pyo3(signature = (x, *, samples = 10))]
    fn losses<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
        samples: u64,
    ) -> PyResult<Bound<'py, PyDict>> {
        let given = self.given(x)?;
        let losses = PyDict::new(py);
        if samples == 0 {
            let (mut reconstruction, mut kl) = (Vec::new(), Vec::new());
            self.watched_on(py, given, |trained, seen, count, stop| {
                pieces(count, stop, |first, count| {
                    for loss in trained.model.image_losses(&After { seen, first }, count) {
                        reconstruction.push(loss.reconstruction);
                        kl.push(loss.kl);
                    }
                });
                Ok(())
            })?;
            losses.set_item("reconstruction", flat(py, reconstruction))?;
            if self.is_variational {
                losses.set_item("kl", flat(py, kl))?;
            }
            return Ok(losses);
        }
        let scores = self.watched_on(py, given, |trained, seen, count, _| {
            Scores::of(trained, seen, 0..count, samples, &Lab::default())
        })?;
        for (score, values) in scores.all() {
            let name = match score {
                Score::Reconstruction => "reconstruction",
                Score::Kl => "kl",
                Score::NegElbo => "neg_elbo",
                Score::HeatMap => continue, // is measured beside normal images, which a model has not
            };
            losses.set_item(name, flat(py, values.clone()))?;
        }
        Ok(losses)
    }

    /// `n` new images (or rows): decoded draws of the prior or, with `x`, of what is fitted to the codes of `x`: one
    /// Gaussian, or a mixture of `components`.
    #[pyo3(signature = (n, *, seed = 0, sampler = "prior", x = None, components = None))]
    fn sample<'py>(
        &self,
        py: Python<'py>,
        n: usize,
        seed: u64,
        sampler: &str,
        x: Option<&Bound<'py, PyAny>>,
        components: Option<u16>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let kind = match sampler {
            "prior" => Sampler::Prior,
            "gaussian" => Sampler::Gaussian,
            "gmm" => Sampler::Gmm,
            _ => {
                return Err(refused(format!("sampler = {sampler:?}: must be prior, gaussian or gmm")));
            }
        };
        let images = match (kind, x) {
            (Sampler::Prior, _) => watched(py, None, |_, stop| {
                let mut trained = self.lock();
                let codes = trained.model.random_codes(n, seed);
                self.decoded(&mut trained, &codes, &stop)
            })?
            .map_err(raise)?,
            (_, None) => {
                return Err(refused_with(
                    &format!("sampler = {sampler:?}: is fitted to the codes of images"),
                    "x=… says of which",
                ));
            }
            (_, Some(x)) => {
                let given = self.given(x)?;
                self.watched_on(py, given, |trained, seen, count, stop| {
                    let codes = trained.model.encode_from(seen, count);
                    let drawn = drawn(&codes, kind, components, n, seed, self.recipe.seed)?;
                    self.decoded(trained, &drawn, stop)
                })?
            }
        };
        self.output(py, images)
    }

    fn __repr__(&self) -> String {
        let kind = if self.is_variational { "VAE" } else { "autoencoder" };
        let (name, latent, epoch) = (&self.recipe.name, self.latent, self.epoch);
        format!("<Model {name:?}: {kind}, latent_size={latent}, epoch={epoch}>")
    }
}

impl Model {
    fn of(trained: TrainedModel) -> Self {
        let [height, width, channels] = sides(trained.model.network().input);
        let recipe = trained.recipe.clone();
        let pad = recipe.data.pad;
        Self {
            slot: trained.slot,
            epoch: trained.epoch,
            is_variational: trained.model.network().is_variational(),
            rows: recipe.data.columns.as_ref().map(|columns| columns.names.len()),
            image: [height - 2 * pad, width - 2 * pad, channels],
            latent: trained.model.code_shape().len(),
            trained: Mutex::new(trained),
            recipe,
        }
    }

    fn lock(&self) -> MutexGuard<'_, TrainedModel> {
        self.trained.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
