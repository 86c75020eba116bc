//! A training before it begins: recipe, data and first weights.

use std::path::Path;

use crate::data::{IMAGE_EXTENSIONS, Splits};
use crate::lab::data_place::{DATA_BACK, DataPlace};
use crate::lab::duplicates;
use crate::lab::recipe_choice::{RecipeChoice, Wish};
use crate::lab::training::{NewRun, Original, Session};
use crate::run::{self, ExistingRun, RunDir, new_folder};
use crate::train::{Aim, DEFAULT_RECIPE, FirstWeights, Override, Purpose, RECIPES, Recipe, USUAL_BUDGET};

use super::arguments::Arguments;
use crate::program::failure::Failure;
use crate::program::image_arguments::joined_noise;
use crate::program::settings::Settings;

/// A training before it begins.
pub struct Draft {
    /// The recipe.
    pub recipe: Recipe,
    /// Why the recipe is as it is, where it was chosen.
    pub reasons: Vec<String>,
    /// The data.
    pub splits: Splits,
    /// Where they are.
    pub place: DataPlace,
    /// Weights in the place of drawn ones.
    pub first_weights: Option<FirstWeights>,
    /// The run that is repeated.
    pub original: Option<Original>,
}

impl Arguments {
    /// Everything that is asked for, opened and checked.
    pub fn draft(&self, settings: &Settings) -> Result<Draft, Failure> {
        let mut original = None;
        let RecipeChoice { mut recipe, reasons, splits } = match &self.from_run {
            Some(from) => {
                let (run, recipe) = Original::open(from)?;
                original = Some(run);
                RecipeChoice { recipe, reasons: Vec::new(), splits: None }
            }
            None => self.choice(settings)?,
        };
        if original.is_none() {
            recipe.data.begin();
        }
        for note in recipe.notes().iter().chain(&reasons) {
            settings.lab.note(note);
        }
        self.check_folder()?; // before the data take their time
        let place = match &original {
            Some(original) => original.place(&recipe, &self.dirs.folders()),
            None => DataPlace::new(&recipe.data, &self.dirs.folders()),
        };
        let first_weights = match &original {
            Some(original) => original.first_weights(self.warm_start.as_deref())?,
            None => self.first_weights()?,
        };
        let way_out = if original.is_some() { DATA_BACK } else { "--data PATH says where the images are" };
        let splits = match splits {
            Some(splits) => splits,
            None => place.open(way_out, &settings.lab)?,
        };
        if let Some(inventory) = splits.train.inventory() {
            recipe.data.settle(inventory);
            duplicates::tell(&splits, &settings.lab);
        }
        Ok(Draft { recipe, reasons, splits, place, first_weights, original })
    }

    /// The recipe that is asked for, or one that suits the data.
    fn choice(&self, settings: &Settings) -> Result<RecipeChoice, Failure> {
        let mut overrides = self.reading.overrides()?;
        for setting in &self.settings {
            overrides.push(setting.parse::<Override>()?);
        }
        for (key, number) in [("training.epochs", self.epochs), ("seed", self.seed)] {
            if let Some(number) = number {
                overrides.push(Override::set(key, number)?);
            }
        }
        if let Some(noise) = joined_noise(&self.noise)? {
            overrides.push(format!("data.input.noise={}", noise.to_toml()).parse()?);
        }
        if let Some(clean) = &self.clean {
            let path = clean.canonicalize().map_err(|error| {
                Failure::mistake(format!("--clean {}: cannot open: {error}", clean.display()))
            })?;
            overrides.push(Override::set("data.clean", path.display().to_string())?);
        }
        let purpose = self.kind.map(Purpose::from);
        if let (None, Some(data)) = (&self.recipe, &self.data) {
            // Who names the noise wants it gone.
            let has_noise = !self.noise.is_empty() || self.clean.is_some();
            let by_noise = (has_noise && purpose.is_none()).then_some(Aim::Denoising);
            let aim = self.aim.map(Aim::from).or(by_noise);
            let purpose = purpose.or(aim.map(Aim::purpose)).unwrap_or_default();
            let budget = self.budget.unwrap_or(USUAL_BUDGET);
            let wish = Wish { purpose, aim, latent: self.latent, budget };
            return Ok(RecipeChoice::new(data, &overrides, wish, &self.dirs.folders(), &settings.lab)?);
        }
        self.refuse_wishes_of_choice()?;
        let name = self.recipe.as_deref().unwrap_or(DEFAULT_RECIPE);
        refuse_data_as_recipe(name)?;
        let first = [
            self.data.as_deref().map(Override::data),
            self.latent.map(Override::latent),
            purpose.map(Override::purpose),
        ];
        let overrides: Vec<Override> = first.into_iter().flatten().chain(overrides).collect();
        Ok(RecipeChoice { recipe: Recipe::open(name, &overrides)?, reasons: Vec::new(), splits: None })
    }

    /// Refuses what only a net that is chosen can have.
    fn refuse_wishes_of_choice(&self) -> Result<(), Failure> {
        let of_choice = [("--for", self.aim.is_some()), ("--budget", self.budget.is_some())];
        let Some((option, _)) = of_choice.into_iter().find(|(_, is_given)| *is_given) else { return Ok(()) };
        let what = self
            .recipe
            .as_deref()
            .map_or("without --data".to_owned(), |name| format!("beside the recipe {name}"));
        Err(Failure::mistake(format!("{option}: is for a net that is chosen for --data, and not {what}"))
            .hint(
                "a recipe says what it is for and how long it trains: --as KIND and --epochs N change that",
            ))
    }

    fn first_weights(&self) -> Result<Option<FirstWeights>, Failure> {
        let Some(folder) = &self.warm_start else { return Ok(None) };
        Ok(Some(FirstWeights::of(&RunDir::open(folder)?)?))
    }

    fn existing(&self) -> ExistingRun {
        if self.force { ExistingRun::Overwrite } else { ExistingRun::Refuse }
    }

    fn check_folder(&self) -> Result<(), Failure> {
        match &self.out {
            Some(out) if !self.force && !self.dry_run && RunDir::open(out).is_ok() => {
                Err(run::Error::HoldsRun { path: out.clone() }.into())
            }
            _ => Ok(()),
        }
    }

    /// A new run, in the folder that was asked for or in one of its own.
    pub fn begin(&self, draft: Draft, settings: &Settings) -> Result<(Session, Splits), Failure> {
        let Draft { recipe, splits, place, first_weights, .. } = draft;
        let folder = || match &self.out {
            Some(out) => Ok(out.clone()),
            None => Ok(new_folder("runs", &recipe.name)?),
        };
        let existing = self.existing();
        let new_run = NewRun { recipe: &recipe, splits: &splits, place: &place, first_weights, existing };
        Ok((Session::begin(new_run, folder, &settings.lab)?, splits))
    }
}

/// Endings of files that hold data besides images, and are given in a recipe's place by mistake.
const DATA_ENDINGS: [&str; 9] = ["csv", "gz", "h5", "hdf5", "npy", "npz", "parquet", "tar", "tsv"];

/// Asks back where what should be a recipe is data, or a run.
fn refuse_data_as_recipe(name: &str) -> Result<(), Failure> {
    let is_data = |ending: &str| IMAGE_EXTENSIONS.contains(&ending) || DATA_ENDINGS.contains(&ending);
    let path = Path::new(name);
    let ending = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    let is_data_file = path.is_file() && ending.is_some_and(|ending| is_data(&ending));
    let is_built_in = RECIPES.iter().any(|recipe| recipe.name == name);
    if is_built_in || !(path.is_dir() || is_data_file) {
        return Ok(());
    }
    let what = if path.is_dir() { "a folder" } else { "a file" };
    let failure = Failure::mistake(format!("{name}: is {what}, and no recipe, which would end in .toml"));
    Err(match RunDir::open(path) {
        Ok(_) => failure.hint(format!(
            "it is a run: did you mean --resume {name}, --from-run {name} or --warm-start {name}?"
        )),
        Err(_) => failure.hint(format!("did you mean --data {name}?")),
    })
}
