//! A recipe for a data set that nobody wrote one for: what the images are, then what suits them.

use std::time::Duration;

use data::{Channels, DataSpec, Fit, ImageShape, Size, Splits, Survey, survey};
use train::{
    Aim, Demand, Override, Plan, Purpose, Recipe, choose_recipe, choose_size, choose_tiles, data_spec, pace,
};

use crate::data_place::DataFolders;
use crate::error::Error;
use crate::lab::Lab;
use crate::training_noise::TrainingNoise;

/// What a net is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The kind of network.
    pub purpose: Purpose,
    /// What it is to be used for, if that was said.
    pub aim: Option<Aim>,
    /// Numbers of its code; what suits the images, if absent.
    pub latent: Option<u32>,
    /// The time that training may take.
    pub budget: Duration,
}

/// How long steps of each width are timed.
const TIMED: Duration = Duration::from_millis(300);

/// A recipe that was chosen, and why it is as it is.
pub struct RecipeChoice {
    /// The recipe, every setting of the user in it.
    pub recipe: Recipe,
    /// One sentence for each choice.
    pub reasons: Vec<String>,
    /// The data, where choosing took opening them.
    pub splits: Option<Splits>,
}

/// What the images of a data set are, as far as a net has to know.
struct Images {
    count: usize,
    /// As the network sees them.
    shape: ImageShape,
    /// The size that the recipe has to bring them to, and why.
    size: Option<([usize; 2], String)>,
    /// Whether they are tiles of that size.
    are_tiles: bool,
    splits: Option<Splits>,
}

impl RecipeChoice {
    /// Chooses for `data`, a name or a path, once all `overrides` are known: the net suits what the images will be, and is
    /// as wide as the time allows on this machine, some of whose steps are timed.
    pub fn new(
        data: &str,
        overrides: &[Override],
        wish: Wish,
        dirs: &DataFolders,
        lab: &Lab,
    ) -> Result<Self, Error> {
        let spec = data_spec(data, overrides)?;
        let Wish { purpose, aim, latent, budget } = wish;
        let images = match purpose {
            Purpose::Denoiser => Images::of_denoiser(&spec, dirs, lab)?,
            _ => Images::of(&spec, dirs, lab)?,
        };
        let Images { count, shape, size, are_tiles, splits } = images;
        let found = match (purpose, &splits) {
            (Purpose::Denoiser, Some(splits)) if !spec.is_denoising() => {
                Some(TrainingNoise::of(&splits.train))
            }
            _ => None,
        };
        let images = spec.limit.train.map_or(count, |most| count.min(most));
        let (size, reason) = size.unzip();
        let is_table = splits.as_ref().is_some_and(|splits| splits.train.columns().is_some());
        let noise = spec.input.noise.or(found.as_ref().map(|found| found.noise));
        let demand =
            Demand { data, images, shape, is_table, size, are_tiles, noise, purpose, aim, budget, latent };
        let compute = lab.compute()?;
        let mut chosen = choose_recipe(&demand, overrides, &mut |plan: &Plan| pace(plan, compute, TIMED))?;
        chosen.recipe.data.begin();
        // What the network sees on top of the images is no matter of opening them.
        let DataSpec { input, augment, .. } = chosen.recipe.data;
        let mut as_opened = DataSpec { input, augment, ..spec };
        if are_tiles {
            (as_opened.size, as_opened.fit) = (chosen.recipe.data.size, chosen.recipe.data.fit);
        }
        as_opened.begin();
        let splits = splits.filter(|_| as_opened == chosen.recipe.data);
        let of_noise = found.map(|found| found.reason);
        let reasons = reason.into_iter().chain(chosen.reasons).chain(of_noise).collect();
        Ok(Self { recipe: chosen.recipe, reasons, splits })
    }
}

impl Images {
    fn of(spec: &DataSpec, dirs: &DataFolders, lab: &Lab) -> Result<Self, Error> {
        // Only images in files can be brought to another size, and have their sizes in their headers.
        let path = spec.path.as_deref();
        let look = |path| survey(path, spec.array.as_deref(), spec.skip_broken).ok();
        let Some(found) = path.and_then(look) else {
            let splits = dirs.open(spec, lab)?;
            let (count, shape) = (splits.train.len(), splits.train.shape());
            return Ok(Self { count, shape, size: None, are_tiles: false, splits: Some(splits) });
        };
        let Survey { images: count, median, grey, .. } = found;
        let given = spec.size.map(Size::sides);
        let size = if given.is_some() { None } else { choose_size(&found) };
        let chosen = size.as_ref().map(|(sides, _)| *sides);
        let [height, width] = given.or(chosen).unwrap_or(median);
        let is_grey = match spec.channels.unwrap_or_default() {
            Channels::Grey => true,
            Channels::Rgb => false,
            Channels::Auto => grey,
        };
        let shape = ImageShape::new(height, width, if is_grey { 1 } else { 3 }).padded(spec.pad);
        Ok(Self { count, shape, size, are_tiles: false, splits: None })
    }

    /// Those of a denoiser, opened: in tiles at their own scale, unless the user says how they come to a size.
    fn of_denoiser(spec: &DataSpec, dirs: &DataFolders, lab: &Lab) -> Result<Self, Error> {
        let mut spec = spec.clone();
        let look = |path| survey(path, spec.array.as_deref(), spec.skip_broken).ok();
        let found = spec.path.as_deref().and_then(look).filter(|_| spec.size.is_none() && spec.fit.is_none());
        let size = found.as_ref().and_then(choose_tiles);
        if let Some(([height, width], _)) = size {
            spec.size =
                Some(if height == width { Size::Square(height) } else { Size::Sides([height, width]) });
            spec.fit = Some(Fit::Tiles);
        }
        spec.begin();
        let splits = dirs.open(&spec, lab)?;
        let (count, shape) = (splits.train.len(), splits.train.shape());
        let are_tiles = size.is_some();
        Ok(Self { count, shape, size, are_tiles, splits: Some(splits) })
    }
}
