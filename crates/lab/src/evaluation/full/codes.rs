//! What the codes hold: classes, variance, known factors.

use analysis::{
    FactorKind, FactorVaeSettings, ForestSettings, KnownFactors, Pca, Table, dci, factor_vae_score,
    mutual_information_gap, separated_predictability,
};
use data::Factors;
use report::ExplainedVariance;

use crate::error::Error;
use crate::evaluation::class_measures::{self, ClassMeasures, Tables, silhouette_plot};
use crate::feature_space::{CODE_COMPONENTS, LONG_CODE, shortened};
use crate::measures::Measure;
use crate::numbers::count;
use crate::point_set::PointSet;
use crate::split::Split;

use super::subject::{Findings, Subject};

/// Neighbours of the nearest-neighbour classifier.
const NEIGHBOURS: usize = 10;
/// Principal components in their figure.
const COMPONENTS: usize = 50;

/// How well classes separate among the codes; of very long codes, among their principal components.
pub(super) fn classes(subject: &mut Subject<'_>) -> Result<(), Error> {
    let seed = subject.seed();
    let (train, mut test) = subject.labelled_points();
    let mut train = train.thinned(seed);
    let whose = if subject.split == Split::All { "other image" } else { "training image" };
    let found = &mut subject.findings;
    let mut long = None;
    if train.columns > LONG_CODE
        && let Some((values, columns, what)) =
            shortened(&train.values, &test.values, train.columns, CODE_COMPONENTS)?
    {
        test = PointSet { values, columns, ..test };
        if let Some((values, columns, _)) =
            shortened(&train.values, &train.values, train.columns, CODE_COMPONENTS)?
        {
            train = PointSet { values, columns, ..train };
        }
        long = Some(what);
    }
    let (Some(train), Some(test)) = (train.of_known_class(), test.of_known_class()) else {
        found.notes.push("the classes of the images are not known: no silhouette, no classifiers".into());
        return Ok(());
    };
    let (Some(fitted), Some(judged)) = (train.labelled()?, test.labelled()?) else { return Ok(()) };
    if judged.classes().len() < 2 || fitted.classes().len() < 2 {
        found.notes.push("there is one class only: no silhouette, no classifiers".into());
        return Ok(());
    }
    let stage = subject.lab.stage("classes", class_measures::STEPS);
    let tables = Tables { train: fitted, test: judged, clustered: fitted, whole: judged };
    let ClassMeasures { values, silhouette, notes } = ClassMeasures::of(tables, NEIGHBOURS, seed, &stage)?;
    found.notes.extend(notes);
    let fitted_on = format!("fitted on {}", count(train.rows(), whose));
    found.extend(values.into_iter().map(|(name, value)| {
        let of = match name {
            "silhouette" | "davies_bouldin" | "calinski_harabasz" => None,
            "knn_accuracy" => Some(format!("{NEIGHBOURS} neighbours, {fitted_on}")),
            _ => Some(fitted_on.clone()),
        };
        let of: Vec<String> = long.iter().cloned().chain(of).collect();
        let measure = Measure::new(name, value, test.rows());
        if of.is_empty() { measure } else { measure.of(of.join("; ")) }
    }));
    let unseen = unseen_classes(fitted.labels(), judged.labels(), test.classes());
    if !unseen.is_empty() {
        found.notes.push(format!(
            "no image that they are fitted on is of class {}: the classifiers take all such images for others, and their log loss \
             counts as that of a probability of 2e-16",
            unseen.join(", ")
        ));
    }
    if let Some(silhouette) = silhouette {
        let plot = silhouette_plot(&silhouette, judged.labels(), test.classes(), None)?;
        found.figures.push(("silhouettes", plot));
    }
    Ok(())
}

/// Classes that some image of `judged` has and none of `fitted`, by name.
fn unseen_classes(fitted: &[u32], judged: &[u32], names: &[String]) -> Vec<String> {
    let unseen = names.iter().enumerate().filter(|(class, _)| {
        let class = *class as u32;
        judged.contains(&class) && !fitted.contains(&class)
    });
    unseen.map(|(_, name)| name.clone()).collect()
}

/// [`components`] of the codes that are judged.
pub(super) fn explained(subject: &mut Subject<'_>) -> Result<(), Error> {
    let (_, test) = subject.points();
    components(&mut subject.findings, &test)
}

/// How much of the codes' variance their principal components explain.
pub fn components(found: &mut Findings, test: &PointSet) -> Result<(), Error> {
    let table = test.table()?;
    let count = table.columns().min(table.rows()).min(COMPONENTS);
    if table.rows() < 2 {
        return Ok(());
    }
    let explained = Pca::fit(table, count)?.explained();
    let title = Some("Principal components of the codes");
    let figure = ExplainedVariance { title, ..ExplainedVariance::new(&explained) }.draw()?;
    found.figures.push(("explained-variance", figure));
    Ok(())
}

/// Disentanglement, where the factors of the images are known.
pub(super) fn factors(subject: &mut Subject<'_>) -> Result<(), Error> {
    let seed = subject.seed();
    let (train, test) = subject.points();
    let factors = (subject.train.factors(), subject.set.factors());
    let Subject { findings: found, lab, .. } = subject;
    let (Some(train_factors), Some(test_factors)) = factors else {
        return Ok(());
    };
    if test.columns < 2 {
        found.notes.push("a single latent dimension cannot be disentangled".into());
        return Ok(());
    }
    let (varying, constant): (Vec<usize>, Vec<usize>) = (0..test_factors.names.len())
        .partition(|at| [&train_factors, &test_factors].iter().all(|of| varies(of, *at)));
    if !constant.is_empty() {
        let names: Vec<&str> = constant.iter().map(|at| test_factors.names[*at].as_str()).collect();
        found.notes.push(format!(
            "left out of disentanglement, since all training images or all images of the split have the same value: {}",
            names.join(", ")
        ));
    }
    if varying.is_empty() {
        return Ok(());
    }
    let (train_factors, test_factors) = (only(&train_factors, &varying), only(&test_factors, &varying));
    let _stage = lab.stage("disentanglement", 0);
    let kind = |name: &String| if name == "class" { FactorKind::Class } else { FactorKind::Quantity };
    let kinds: Vec<FactorKind> = test_factors.names.iter().map(kind).collect();
    let names = test_factors.names.join(", ");
    let fitted = KnownFactors::new(train.table()?, Table::new(&train_factors.values, kinds.len())?, &kinds)?;
    let judged = KnownFactors::new(test.table()?, Table::new(&test_factors.values, kinds.len())?, &kinds)?;
    let dci = dci(fitted, judged, ForestSettings::new(seed))?;
    let values = [
        ("mig", mutual_information_gap(judged)?.score),
        ("sap", separated_predictability(fitted, judged)?.score),
        ("factor_vae_score", factor_vae_score(judged, FactorVaeSettings::new(seed))?.score),
        ("dci_disentanglement", dci.disentanglement),
        ("dci_completeness", dci.completeness),
        ("dci_informativeness", dci.informativeness),
    ];
    let rows = test.rows();
    found.extend(values.map(|(name, value)| Measure::new(name, value, rows).of(&names)));
    Ok(())
}

/// Whether a factor has two values.
fn varies(factors: &Factors, at: usize) -> bool {
    let mut values = factors.values.chunks_exact(factors.names.len()).map(|row| row[at]);
    let first = values.next();
    values.any(|value| Some(value) != first)
}

/// The factors at `chosen`.
fn only(factors: &Factors, chosen: &[usize]) -> Factors {
    let rows = factors.values.chunks_exact(factors.names.len());
    Factors {
        names: chosen.iter().map(|at| factors.names[*at].clone()).collect(),
        values: rows.flat_map(|row| chosen.iter().map(|at| row[*at])).collect(),
    }
}
