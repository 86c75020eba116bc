//! From a [`Recipe`] to a [`Plan`]: every value looked at once, by one function.

use data::{Augmentation, Channels, DataError, ImageShape, InputTransform, Origin};
use network::{Kl, Network, NetworkError};

use super::output_layer::output_layer;
use super::plan::{Plan, engine_shape};
use super::{OutputBias, Recipe};
use crate::error::RecipeError;

impl Recipe {
    /// Shape of the images, where it is known before they are opened: for a data set of the catalogue, and where the
    /// recipe gives size and channels.
    pub fn input_shape(&self) -> Option<ImageShape> {
        let size = self.data.size.map(|size| size.sides());
        let shape = match &self.data.name {
            Some(name) => {
                let set = data::find(name)?;
                match (&set.origin, size) {
                    (Origin::Drawn, Some([height, width])) => ImageShape { height, width, ..set.shape },
                    _ => set.shape,
                }
            }
            None => {
                let [height, width] = size?;
                let channels = match self.data.channels? {
                    Channels::Rgb => 3,
                    Channels::Grey => 1,
                    Channels::Auto => return None,
                };
                ImageShape::new(height, width, channels)
            }
        };
        Some(shape.padded(self.data.pad))
    }

    /// Checks every value, and that the layers fit `images`, the shape of the opened data.
    ///
    /// # Errors
    /// [`RecipeError::Field`] for the first value that cannot be used, saying what could.
    pub fn check(&self, images: ImageShape) -> Result<Plan, RecipeError> {
        self.check_values()?;
        let network = Network {
            input: engine_shape(images),
            encoder: self.model.encoder.clone(),
            latent: self.model.latent,
            decoder: self.model.decoder.clone(),
            objective: self.objective,
        };
        network.shapes().map_err(|error| self.refuse_network(error))?;
        if !network.is_variational() && self.objective.kl != Kl::default() {
            let allowed = "is for model.latent.kind = \"gaussian\" only; remove it";
            return Err(self.refuse("objective.kl", "given", allowed));
        }
        if self.model.output_bias == OutputBias::DataMean && output_layer(&network).is_none() {
            let allowed =
                "needs a decoder that ends in a dense layer or a convolution, linear or with a sigmoid";
            return Err(self.refuse("model.output_bias", "\"data_mean\"", allowed));
        }
        let transform = InputTransform::new(&self.data.input, self.seed).map_err(|e| self.refuse_data(e))?;
        let augment = &self.data.augment;
        augment.check_for(images).map_err(|e| self.refuse_data(e))?;
        let augmentation = Augmentation::new(augment, self.seed).map_err(|e| self.refuse_data(e))?;
        Ok(Plan::of(self.clone(), network, transform, (!augment.is_empty()).then_some(augmentation)))
    }

    /// As much of [`check`](Self::check) as can be done without the images.
    pub(crate) fn check_before_images(&self) -> Result<(), RecipeError> {
        match self.input_shape() {
            Some(shape) => {
                self.data.check().map_err(|e| self.refuse_data(e)).and(self.check(shape)).map(drop)
            }
            None => self.check_values(),
        }
    }

    fn check_values(&self) -> Result<(), RecipeError> {
        const LARGEST_SEED: u64 = i64::MAX as u64; // the largest whole number in TOML
        if self.name.trim().is_empty() {
            return Err(self.refuse("name", format!("{:?}", self.name), "must not be empty"));
        }
        for (field, seed) in [("seed", self.seed), ("data.seed", self.data.seed)] {
            if seed > LARGEST_SEED {
                return Err(self.refuse(field, seed, format!("must be at most {LARGEST_SEED}")));
            }
        }
        self.data.check().map_err(|error| self.refuse_data(error))?;
        self.check_training()?;
        self.check_optimizer()?;
        self.check_views()
    }

    fn check_views(&self) -> Result<(), RecipeError> {
        if let Some(plane) = self.show.manifold
            && let Some(allowed) = plane.refusal()
        {
            return Err(self.refuse("show.manifold", plane, allowed));
        }
        if let Some(point) = self.show.points.iter().find(|point| point.iter().any(|z| !z.is_finite())) {
            return Err(self.refuse("show.points", format!("{point:?}"), "must be finite numbers"));
        }
        Ok(())
    }

    fn check_optimizer(&self) -> Result<(), RecipeError> {
        let optimizer = &self.optimizer;
        let positive = |field: &str, value: f64| {
            if value > 0.0 && value.is_finite() {
                return Ok(());
            }
            Err(self.refuse(field, value, "must be greater than 0"))
        };
        positive("optimizer.learning_rate", optimizer.learning_rate)?;
        optimizer.clip_norm.map_or(Ok(()), |norm| positive("optimizer.clip_norm", norm))?;
        optimizer
            .rule
            .check()
            .map_err(|(field, value, allowed)| self.refuse(&format!("optimizer.{field}"), value, allowed))?;
        optimizer.schedule.check(self.training.epochs).map_err(|(field, value, allowed)| {
            self.refuse(&format!("optimizer.schedule.{field}"), value, allowed)
        })
    }

    fn check_training(&self) -> Result<(), RecipeError> {
        const MOST_EPOCHS: u64 = 1_000_000;
        let training = &self.training;
        if !(1..=MOST_EPOCHS).contains(&training.epochs) {
            let allowed = format!("must lie between 1 and {MOST_EPOCHS}");
            return Err(self.refuse("training.epochs", training.epochs, allowed));
        }
        if training.batch_size == 0 {
            return Err(self.refuse("training.batch_size", 0, "must be at least 1"));
        }
        if training.accumulate == 0 {
            return Err(self.refuse("training.accumulate", 0, "must be at least 1"));
        }
        if let Some(average) = training.average
            && !(0.0..1.0).contains(&average.decay)
        {
            return Err(self.refuse("training.average.decay", average.decay, "must be in [0, 1)"));
        }
        if let Some(stopping) = training.early_stopping {
            if stopping.patience == 0 {
                return Err(self.refuse("training.early_stopping.patience", 0, "must be at least 1"));
            }
            if !(stopping.min_delta >= 0.0 && stopping.min_delta.is_finite()) {
                let field = "training.early_stopping.min_delta";
                return Err(self.refuse(field, stopping.min_delta, "must be at least 0"));
            }
        }
        Ok(())
    }

    fn refuse_data(&self, error: DataError) -> RecipeError {
        self.origin.refuse_data(error)
    }

    fn refuse_network(&self, error: NetworkError) -> RecipeError {
        match error {
            NetworkError::Layer { part, index, kind, error } => {
                let layer = format!("model.{part}[{index}]");
                match error.field.as_str() {
                    "input" | "output" => {
                        let value = format!("{kind} with {} {}", error.field, error.value);
                        self.refuse(&layer, value, error.allowed)
                    }
                    field => self.refuse(&format!("{layer}.{field}"), error.value, error.allowed),
                }
            }
            NetworkError::Field { field: "input", value, allowed } => self.refuse("data", value, allowed),
            NetworkError::Field { field, value, allowed } if field.starts_with("objective") => {
                self.refuse(field, value, allowed)
            }
            NetworkError::Field { field, value, allowed } => {
                self.refuse(&format!("model.{field}"), value, allowed)
            }
        }
    }
}
