//! [`Model`]: a run's trained network, on arrays.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use latentlab::Embedding;
use latentlab::data::{
    Channels, DataDirs, DataSpec, InputSpec, InputTransform, Kind, Limits, MemorySet, Size, open_whole,
};
use latentlab::lab::anomalies::{Score, Scores};
use latentlab::lab::evaluation::samplers::{self, Sampler};
use latentlab::lab::pictures::sides;
use latentlab::lab::{self, Lab, Run};
use latentlab::network::Source;
use latentlab::run::Slot;
use latentlab::train::{ImageSource, Recipe, TrainedModel};
use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use serde::{Deserialize, Serialize};

use crate::arrays::{asarray, contiguous, flat, memory_array, shaped, table};
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

/// What a model is given: an array, or the path of files.
enum Given<'py> {
    Array(Bound<'py, PyUntypedArray>),
    Files(PathBuf),
}

/// What stands before the weights in a model's bytes.
#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    recipe: String,
    slot: String,
    epoch: u64,
}

/// What a model's bytes begin with.
const MAGIC: &[u8] = b"latentlab model\n";

/// What the header of bytes that can be read says of itself.
const VERSION: u32 = 1;

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
        let refuse = |why: String| refused(format!("these bytes are no model of latentlab: {why}"));
        let rest = data.strip_prefix(MAGIC).ok_or_else(|| refuse("they begin otherwise".into()))?;
        let (length, rest) = rest.split_first_chunk().ok_or_else(|| refuse("they end early".into()))?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok().filter(|length| *length <= rest.len());
        let (header, weights) = rest.split_at(length.ok_or_else(|| refuse("they end early".into()))?);
        let header: Header = serde_json::from_slice(header).map_err(|error| refuse(error.to_string()))?;
        if header.version != VERSION {
            return Err(refuse(format!("version {}, and {VERSION} is read here", header.version)));
        }
        let recipe = Recipe::parse(&header.recipe, "recipe of the model", &[]).map_err(raise)?;
        let (slot, compute) = (slot_named(&header.slot)?, lab_with(threads).compute().map_err(raise)?);
        let of = Path::new("model");
        let trained = py
            .detach(|| TrainedModel::new(of, recipe, weights, slot, header.epoch, compute))
            .map_err(raise)?;
        Ok(Self::of(trained))
    }

    /// The model as bytes: recipe and weights, and nothing of the data.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let weights = py.detach(|| self.lock().model.to_safetensors()).map_err(raise)?;
        let (slot, recipe) = (self.slot.name().to_owned(), self.recipe()?);
        let header = Header { version: VERSION, recipe, slot, epoch: self.epoch };
        let header = serde_json::to_vec(&header).map_err(|error| refused(error.to_string()))?;
        let length = (header.len() as u64).to_le_bytes();
        Ok(PyBytes::new(py, &[MAGIC, &length, &header, &weights].concat()))
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

    /// The reconstruction's loss: bce, squared_error or gaussian.
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
            Scores::of(trained, seen, count, samples, &Lab::default())
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

/// Codes drawn from what is fitted to `codes`.
fn drawn(
    codes: &Embedding,
    sampler: Sampler,
    components: Option<u16>,
    n: usize,
    seed: u64,
    seed_of_fit: u64,
) -> Result<Vec<f32>, lab::Error> {
    if sampler == Sampler::Gaussian && codes.len() < codes.dims() {
        return samplers::draw_from_few(codes, n, seed);
    }
    let mut count = 1;
    if sampler == Sampler::Gmm {
        samplers::check_mixture(codes)?;
        count = samplers::components(components, codes)?;
    }
    Ok(samplers::fit(sampler, codes, count, seed_of_fit)?.sample(n, seed))
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

    /// A path, or an array of as many dimensions as its kind of data has.
    fn given<'py>(&self, x: &Bound<'py, PyAny>) -> PyResult<Given<'py>> {
        match x.extract() {
            Ok(path) => Ok(Given::Files(path)),
            Err(_) => self.given_array(x).map(Given::Array),
        }
    }

    fn given_array<'py>(&self, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyUntypedArray>> {
        let array = asarray(x)?;
        let shape = array.shape().to_vec();
        let [height, width, channels] = self.image;
        if let Some(columns) = self.rows {
            return match shape[..] {
                [_, found] if found == columns => contiguous(array),
                _ => Err(refused(format!("x has shape {shape:?}: must be [n, {columns}], a row for each"))),
            };
        }
        // Whatever else the shape could stand for, it is one of images of this model.
        let fits = match shape[..] {
            [_, values] => values == height * width * channels,
            [_, h, w] => [h, w, 1] == self.image,
            [_, a, b, c] => [a, b, c] == self.image || [b, c, a] == self.image || self.is_resized(),
            _ => false,
        };
        if !fits {
            let text = format!("x has shape {shape:?}: must be [n, {height}, {width}, {channels}]");
            return Err(if shape.len() < 4 && shape.iter().product::<usize>() == height * width * channels {
                refused_with(&text, "x[None] makes a set of one image of it")
            } else {
                refused(text)
            });
        }
        let array = contiguous(array)?;
        if shape.len() == 4 {
            return Ok(array);
        }
        let images = array.call_method1("reshape", ((shape[0], height, width, channels),))?;
        Ok(images.cast_into::<PyUntypedArray>()?)
    }

    /// Whether images of other sizes are brought to that of the network.
    fn is_resized(&self) -> bool {
        self.recipe.data.size.is_some()
    }

    /// What `work` gives of the images (or rows) of `given`, as the network sees them: with the trained model, the images,
    /// their number, and a flag that asks it to end.
    fn watched_on<T: Send>(
        &self,
        py: Python<'_>,
        given: Given<'_>,
        work: impl FnOnce(&mut TrainedModel, &ImageSource<'_>, usize, &AtomicBool) -> Result<T, lab::Error> + Send,
    ) -> PyResult<T> {
        let kind = if self.rows.is_some() { Kind::Table } else { Kind::Images };
        let (array, mut spec) = match given {
            Given::Files(path) => (None, self.spec_of_files(path)),
            Given::Array(array) => {
                let is_float = array.getattr("dtype")?.getattr("kind")?.extract::<String>()? == "f";
                (Some(memory_array(&array)?), self.spec(is_float))
            }
        };
        let done = watched(py, None, |_, stop| {
            let memory = array.map(|array| MemorySet::passing(array, kind));
            if let Some(memory) = &memory {
                spec.path = Some(memory.path().to_owned());
            }
            let set = open_whole(&spec, &DataDirs::default())?;
            let own = InputSpec { noise: None, ..self.recipe.data.input };
            let transform = InputTransform::new(&own, self.recipe.seed)?;
            let mut trained = self.lock(); // given back before the array is, which takes the interpreter
            work(&mut trained, &ImageSource::new(&set, transform), set.len(), &stop)
        })?;
        done.map_err(raise)
    }

    /// How files of the user's own are read: as those of the training, brought to the size and the colours of the network.
    fn spec_of_files(&self, path: PathBuf) -> DataSpec {
        let spec = DataSpec { path: Some(path), is_foreign: true, ..self.spec(true) };
        if self.rows.is_some() {
            return spec;
        }
        let [height, width, channels] = self.image;
        DataSpec {
            size: Some(Size::Sides([height, width])),
            channels: Some(if channels == 1 { Channels::Grey } else { Channels::Rgb }),
            range: self.recipe.data.range,
            ..spec
        }
    }

    /// How arrays of the user's own are read: as those of the training.
    fn spec(&self, is_float: bool) -> DataSpec {
        let data = &self.recipe.data;
        let usual = if is_float { [0.0, 1.0] } else { [0.0, 255.0] };
        let images = self.rows.is_none();
        DataSpec {
            name: None,
            path: None,
            count: None,
            size: data.size.filter(|_| images && data.path.is_some()),
            range: images.then(|| data.range.unwrap_or(usual)),
            array: None,
            label: None,
            kind: None,
            test: None,
            valid: None,
            limit: Limits::default(),
            exclude_classes: Vec::new(),
            ..data.clone()
        }
    }

    /// `codes` decoded, in the units of the data.
    fn decoded(
        &self,
        trained: &mut TrainedModel,
        codes: &[f32],
        stop: &AtomicBool,
    ) -> Result<Vec<f32>, lab::Error> {
        let mut images = Vec::new();
        for piece in codes.chunks(PIECE * self.latent) {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            images.extend(trained.model.decode(piece)?);
        }
        Ok(self.in_units(images))
    }

    /// What the network gives, in the units of the data: without the recipe's border, black and white as they were, rows
    /// as they were before they were standardised.
    fn in_units(&self, mut values: Vec<f32>) -> Vec<f32> {
        let data = &self.recipe.data;
        if let Some(columns) = &data.columns {
            columns.in_units(&mut values);
            return values;
        }
        if data.invert {
            values.iter_mut().for_each(|value| *value = 1.0 - *value);
        }
        let ([height, width, channels], pad) = (self.image, data.pad);
        if pad == 0 {
            return values;
        }
        let (row, kept) = ((width + 2 * pad) * channels, width * channels);
        let images = values.chunks_exact((height + 2 * pad) * row);
        images
            .flat_map(|image| image.chunks_exact(row).skip(pad).take(height))
            .flat_map(|line| &line[pad * channels..][..kept])
            .copied()
            .collect()
    }

    /// Images [n, height, width, channels], or rows [n, columns].
    fn output<'py>(&self, py: Python<'py>, values: Vec<f32>) -> PyResult<Bound<'py, PyAny>> {
        let each = self.rows.map_or_else(|| self.image.to_vec(), |columns| vec![columns]);
        let count = values.len() / each.iter().product::<usize>();
        shaped(py, values, &[vec![count], each].concat())
    }
}

/// A source without its first images.
struct After<'a> {
    seen: &'a ImageSource<'a>,
    first: usize,
}

impl Source<f32> for After<'_> {
    fn fill(&self, index: usize, input: &mut [f32], target: &mut [f32]) {
        self.seen.fill(self.first + index, input, target);
    }
}

/// Calls `work` for each piece of `count` images, with its first image and their number, until it is asked to end.
fn pieces(count: usize, stop: &AtomicBool, mut work: impl FnMut(usize, usize)) {
    for first in (0..count).step_by(PIECE) {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        work(first, PIECE.min(count - first));
    }
}
