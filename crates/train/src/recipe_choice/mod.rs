//! A recipe that suits a data set that nobody wrote one for.

mod aim;
mod augmentation;
mod budget;
mod demand;
mod draft;
mod halving;
mod net;
mod residual;

use data::Survey;

pub use self::aim::Aim;
pub use self::budget::{Pace, USUAL_BUDGET};
pub use self::demand::Demand;

use self::budget::Fit;
use self::draft::Draft;
use crate::error::TrainError;
use crate::recipe::overrides::Override;
use crate::recipe::{Origin, Recipe};

/// Sides that images of unequal sizes are brought to: the largest that the image in the middle fills.
const SIDES: [usize; 4] = [128, 64, 32, 16];
/// Sides of the tiles that a denoiser learns from: the largest that the image in the middle holds.
const TILES: [usize; 3] = [64, 32, 16];
/// Images of one size keep it up to this side; larger ones are halved until they have it.
const LARGEST_SIDE: usize = 256;
/// Parameters of a net, at most, where a narrower one has fewer: more are not trained in minutes.
const MOST_PARAMETERS: usize = 6_000_000;

/// A recipe and why it is as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct ChosenRecipe {
    /// The recipe.
    pub recipe: Recipe,
    /// One sentence for each choice.
    pub reasons: Vec<String>,
}

/// A recipe for the images of `demand`, with `overrides` over it; what these say of the data is already in `demand`.
///
/// Sides above 8 are halved by strided convolutions, whether even or odd, and residual blocks work on what is left; images
/// of few pixels get a dense net. How wide the net is and how many epochs it gets follow from the time that there is and
/// the `pace` of this machine. A denoiser adds what it finds, at half the sides, to the image that it sees, unless it is to
/// have a code of so many numbers. The loss of grey images is cross-entropy, which suits drawings and scans; colours get a
/// Gaussian whose width is learned in a VAE, so that nobody has to weigh it against the KL, and the squared error otherwise.
/// Rows of a table get a dense net as wide as they need, and the loss of colours. Where there are few images, weights decay
/// and training stops when validation gets no better.
///
/// # Errors
/// For overrides that cannot be used; what `pace` fails with.
///
/// ```
/// use train::{Demand, Purpose, USUAL_BUDGET, choose_recipe};
///
/// let shape = data::ImageShape::new(48, 97, 3);
/// let demand = Demand {
///     data: "photos",
///     images: 2_000,
///     shape,
///     is_table: false,
///     size: None,
///     are_tiles: false,
///     noise: None,
///     purpose: Purpose::Ae,
///     aim: None,
///     budget: USUAL_BUDGET,
///     latent: Some(24),
/// };
/// let chosen = choose_recipe(&demand, &["training.epochs=3".parse()?], &mut |_| Ok(0.002))?;
/// assert!(chosen.reasons[0].contains("48 × 97"));
/// let plan = chosen.recipe.check(shape)?;
/// assert!(!plan.network().is_variational() && plan.recipe().training.epochs == 3);
/// # Ok::<(), train::TrainError>(())
/// ```
pub fn choose_recipe(
    demand: &Demand<'_>,
    overrides: &[Override],
    pace: &mut Pace<'_>,
) -> Result<ChosenRecipe, TrainError> {
    let of_data: Vec<Override> = overrides.iter().filter(|change| change.is_of_data()).cloned().collect();
    let mut best = None;
    for draft in Draft::candidates(demand) {
        let toml = draft.toml(demand);
        let recipe = Recipe::of(Origin::chosen(demand.data, &toml, overrides))?;
        let plain = Recipe::of(Origin::chosen(demand.data, &toml, &of_data))?;
        let asked = (recipe.training.epochs != plain.training.epochs).then_some(recipe.training.epochs);
        let plan = recipe.check(demand.shape)?;
        let views = network::parameter_views(plan.network()).map_err(model::ModelError::from)?;
        let parameters = views.last().map_or(0, |view| view.range.end);
        let fit = draft.fit(demand, pace(&plan)?, asked);
        best = Some((draft, fit));
        if fit.is_enough && parameters <= MOST_PARAMETERS {
            break;
        }
    }
    let (mut draft, fit): (Draft, Fit) = best.expect("there are candidates");
    draft.settle(fit);
    let toml = draft.toml(demand);
    let recipe = Recipe::of(Origin::chosen(demand.data, &toml, overrides))?;
    let chosen = Recipe::of(Origin::chosen(demand.data, &toml, &of_data))?;
    let reasons = draft.reasons(demand, &chosen, &recipe);
    Ok(ChosenRecipe { recipe, reasons })
}

/// Height and width that images of a folder should be brought to, and why; `None` where they are of one size, and
/// not larger than what a net trains on in minutes.
pub fn choose_size(found: &Survey) -> Option<([usize; 2], String)> {
    let Survey { median: [height, width], uniform, .. } = *found;
    if !uniform {
        let smaller = height.min(width);
        let side = SIDES.into_iter().find(|side| *side <= smaller).unwrap_or(SIDES[SIDES.len() - 1]);
        let reason = format!(
            "size: all images become {side} × {side} pixels, because they are of several sizes (--set data.size=N \
             or [HEIGHT, WIDTH]; data.fit=crop or pad keeps proportions)"
        );
        return Some(([side, side], reason));
    }
    let mut sides = [height, width];
    while sides[0].max(sides[1]) > LARGEST_SIDE {
        sides = sides.map(|side| (side / 2).max(1));
    }
    let [rows, columns] = sides;
    let reason = format!(
        "size: images of {height} × {width} become {rows} × {columns} pixels, to train in minutes (--set \
         data.size=[{height}, {width}] keeps them)"
    );
    (sides != [height, width]).then_some((sides, reason))
}

/// The sides of the tiles that a denoiser learns from, and why; `None` where the images are of one size and not larger: noise
/// has a scale of its own, which resizing takes from it.
pub fn choose_tiles(found: &Survey) -> Option<([usize; 2], String)> {
    let Survey { median: [height, width], uniform, .. } = *found;
    let side = TILES.into_iter().find(|side| *side <= height.min(width)).unwrap_or(TILES[TILES.len() - 1]);
    if uniform && height.max(width) < 2 * side {
        return None;
    }
    let reason = format!(
        "size: the images are cut into tiles of {side} × {side} pixels at their own scale, because resizing changes noise \
         (--set data.size=N for others; denoise takes any size)"
    );
    Some(([side, side], reason))
}

#[cfg(test)]
mod tests;
