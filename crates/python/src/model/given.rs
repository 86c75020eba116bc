//! What a model is given, and how it is read.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use latentlab::data::{
    Channels, DataDirs, DataSpec, InputSpec, InputTransform, Kind, Limits, MemorySet, Size, open_whole,
};
use latentlab::lab;
use latentlab::network::Source;
use latentlab::train::{ImageSource, TrainedModel};
use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;

use super::{Model, PIECE};
use crate::arrays::{asarray, contiguous, memory_array};
use crate::failure::{raise, refused, refused_with};
use crate::watch::watched;

/// What a model is given: an array, or the path of files.
pub(super) enum Given<'py> {
    Array(Bound<'py, PyUntypedArray>),
    Files(PathBuf),
}

impl Model {
    /// A path, or an array of as many dimensions as its kind of data has.
    pub(super) fn given<'py>(&self, x: &Bound<'py, PyAny>) -> PyResult<Given<'py>> {
        match x.extract() {
            Ok(path) => Ok(Given::Files(path)),
            Err(_) => self.given_array(x).map(Given::Array),
        }
    }

    pub(super) fn given_array<'py>(&self, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyUntypedArray>> {
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
    pub(super) fn is_resized(&self) -> bool {
        self.recipe.data.size.is_some()
    }

    /// What `work` gives of the images (or rows) of `given`, as the network sees them: with the trained model, the images,
    /// their number, and a flag that asks it to end.
    pub(super) fn watched_on<T: Send>(
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
    pub(super) fn spec_of_files(&self, path: PathBuf) -> DataSpec {
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
    pub(super) fn spec(&self, is_float: bool) -> DataSpec {
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
}

/// A source without its first images.
pub(super) struct After<'a> {
    pub seen: &'a ImageSource<'a>,
    pub first: usize,
}

impl Source<f32> for After<'_> {
    fn fill(&self, index: usize, input: &mut [f32], target: &mut [f32]) {
        self.seen.fill(self.first + index, input, target);
    }
}

/// Calls `work` for each piece of `count` images, with its first image and their number, until it is asked to end.
pub(super) fn pieces(count: usize, stop: &AtomicBool, mut work: impl FnMut(usize, usize)) {
    for first in (0..count).step_by(PIECE) {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        work(first, PIECE.min(count - first));
    }
}
