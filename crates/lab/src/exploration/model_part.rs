//! What the page shows of one model.

use std::sync::atomic::AtomicBool;

use analysis::{Pca, Table};
use data::Dataset;
use explorer::program::network_program;
use explorer::{Part, Precision, in_24_bits, payload};
use model::{Embedding, Summary};

use super::dimensions::dimensions;
use super::input_rules::input_rules;
use super::layers::layers;
use super::model_columns::{classified, clusters, losses};
use super::page_parts::PageParts;
use super::samplers::{self, samplers};
use super::subject::{SubjectImages, evenly};
use crate::anomalies::Score;
use crate::error::Error;
use crate::lab::Lab;
use crate::numbers::{count, grouped};
use crate::point_set::PointSet;
use crate::runs::Run;

/// Bytes of codes, before they are packed; longer ones are kept to principal components.
const CODE_BYTES: usize = 3_000_000;
/// A difference of decoded values that nobody sees, and codes by which it is found.
const UNSEEN: f32 = 1e-4;
const ROUNDING_TRIED: usize = 16;
/// Values of the training images' codes that a classifier looks at, where codes are too long for samplers.
const FITTED_VALUES: usize = 5_000_000;
/// Training images that it looks at in any case.
const LEAST_FITTED: usize = 1_000;

/// The model of `run`, called `name`.
pub fn model(
    name: &str,
    run: &mut Run,
    images: &SubjectImages,
    shown: &Dataset,
    stop: &AtomicBool,
    page: &mut PageParts,
    lab: &Lab,
) -> Result<payload::Model, Error> {
    let seen = images.source(run, shown)?;
    let stage = lab.stage("codes", 0);
    let codes = run.trained.model.encode_from(&seen, shown.len());
    let train = training_codes(run, images)?;
    drop(stage);
    let seed = run.trained.recipe.seed;
    let is_variational = run.trained.model.network().is_variational();
    let points = PointSet::of(&codes, shown);

    let parameters = run.trained.model.parameters();
    let network = network_program(run.trained.model.network(), &parameters);
    let mut columns = losses(run, &seen, shown.len(), network.program.loss.unit, page, lab)?;
    columns.extend(clusters(&points, seed, page, lab)?);
    if let (Some((_, train)), true) = (&train, images.are_own) {
        columns.extend(classified(&points, train, page, lab)?);
    }
    let dims = dimensions(&codes, seed)?;
    let layers = layers(&codes, &dims, stop, page, lab)?;
    let fitted = train.as_ref().map(|(codes, _)| codes);
    let samplers = samplers(is_variational, codes.dims(), fitted, seed, page, lab)?;
    let precision =
        if may_be_rounded(run, &parameters, &codes)? { page.precision } else { Precision::Single };
    let weights = page.blobs.weights(&network.weights, precision);
    Ok(payload::Model {
        name: name.to_owned(),
        about: about(run)?,
        network: payload::WeightedProgram { program: network.program, weights },
        codes: kept_codes(&codes, page)?,
        code_shape: codes.code.dims(),
        is_variational,
        dims,
        layers,
        columns,
        score: Some(Score::Reconstruction.name().into()),
        samplers,
        input: input_rules(run, shown),
    })
}

/// Whether no decoded value of some codes is further off than can be seen, where weights are rounded to 24 bits. In nets of
/// many layers it may be.
fn may_be_rounded(run: &mut Run, parameters: &[f32], codes: &Embedding) -> Result<bool, Error> {
    let model = &mut run.trained.model;
    let tried = &codes.mean[..codes.dims() * codes.len().min(ROUNDING_TRIED)];
    let exact = model.decode(tried)?;
    let rounded: Vec<f32> = parameters.iter().map(|weight| in_24_bits(*weight)).collect();
    let is_taken = model.device().set_parameters(&rounded);
    let decoded = model.decode(tried);
    let is_given_back = model.device().set_parameters(parameters);
    let differences = std::iter::zip(exact, decoded?).map(|(a, b)| (a - b).abs());
    Ok(is_taken && is_given_back && differences.fold(0.0, f32::max) <= UNSEEN)
}

/// Encoder, code and size, in one sentence.
fn about(run: &Run) -> Result<String, Error> {
    let network = run.trained.model.network();
    let parameters = grouped(Summary::new(network)?.parameters);
    let code = run.trained.model.code_shape();
    let layers = |layers: usize| count(layers, "layer");
    Ok(format!(
        "{} with {parameters} parameters, recipe {}: an encoder of {}, a code of {code} {}, a decoder of {}.",
        run.kind(),
        run.trained.recipe.name,
        layers(network.encoder.len()),
        if code.len() == 1 { "number" } else { "numbers" },
        layers(network.decoder.len()),
    ))
}

/// The codes of training images: of all that samplers are fitted to, else of as many as a classifier needs.
fn training_codes(run: &mut Run, images: &SubjectImages) -> Result<Option<(Embedding, PointSet)>, Error> {
    let Some(train) = &images.train else { return Ok(None) };
    let dims = run.trained.model.code_shape().len();
    let most =
        if dims > samplers::MOST_DIMS { (FITTED_VALUES / dims).max(LEAST_FITTED) } else { train.len() };
    let train = evenly(train, most)?;
    let codes = run.trained.model.encode_from(&run.trained.source(&train), train.len());
    let points = PointSet::of(&codes, &train);
    Ok(Some((codes, points)))
}

/// All numbers of all codes where there is room for them, else their principal components.
fn kept_codes(codes: &Embedding, page: &mut PageParts) -> Result<payload::Codes, Error> {
    let (rows, dims) = (codes.len(), codes.dims());
    let components = (CODE_BYTES / size_of::<u16>() / (rows + dims)).min(rows);
    if page.precision == Precision::Single
        || rows * dims * size_of::<u16>() <= CODE_BYTES
        || components >= dims
    {
        let whole = page.blobs.floats(Part::Codes, &[rows, dims], &codes.mean, page.precision);
        return Ok(payload::Codes::Whole(whole));
    }
    let table = Table::new(&codes.mean, dims)?;
    let fitted = Pca::fit(table, components)?;
    let scores = fitted.transform(table)?;
    let mean: Vec<f32> = fitted.means().iter().map(|value| *value as f32).collect();
    let directions: Vec<f32> =
        (0..components).flat_map(|i| fitted.direction(i)).map(|value| *value as f32).collect();
    page.leave_out(format!(
        "Codes of {} numbers are kept to {components} principal components, {:.1} % of their variance; --exact keeps \
         them whole.",
        grouped(dims),
        100.0 * fitted.explained().iter().sum::<f64>()
    ));
    Ok(payload::Codes::Components {
        mean: page.blobs.floats(Part::Codes, &[dims], &mean, Precision::Single),
        scores: page.blobs.floats(Part::Codes, &[rows, components], &scores, page.precision),
        components: page.blobs.floats(Part::Codes, &[components, dims], &directions, page.precision),
    })
}
