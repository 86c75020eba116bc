use analysis::{
    DisentanglementError, FactorKind, FactorVaeSettings, ForestSettings, KnownFactors, Table, dci,
    factor_vae_score, mutual_information_gap, separated_predictability,
};
use serde::Deserialize;

use super::{Numbers, all_close, cases, close, normals, same_on_any_threads};

#[derive(Deserialize)]
struct Case {
    codes: Numbers,
    factors: Numbers,
    kinds: Vec<String>,
    information: Vec<f64>,
    information_gaps: Vec<f64>,
    predictability: Vec<f64>,
    predictability_gaps: Vec<f64>,
}

#[test]
fn gaps_equal_the_definitions() {
    for case in cases::<Case>("gaps") {
        let kind = |name: &String| {
            if name == "class" { FactorKind::Class } else { FactorKind::Quantity }
        };
        let kinds: Vec<FactorKind> = case.kinds.iter().map(kind).collect();
        let known = KnownFactors::new(case.codes.table(), case.factors.table(), &kinds).unwrap();
        let found = mutual_information_gap(known).unwrap();
        all_close(&found.table, &case.information, "information");
        all_close(&found.gaps, &case.information_gaps, "information gaps");
        let mean = |gaps: &[f64]| gaps.iter().sum::<f64>() / gaps.len() as f64;
        close(found.score, mean(&case.information_gaps), "MIG");
        let half = |numbers: &Numbers, second: bool| {
            let middle = numbers.values.len() / 2;
            let range = if second { middle..numbers.values.len() } else { 0..middle };
            Numbers { columns: numbers.columns, values: numbers.values[range].to_vec() }
        };
        let halves = [false, true].map(|second| (half(&case.codes, second), half(&case.factors, second)));
        let [train, test] =
            [0, 1].map(|i| KnownFactors::new(halves[i].0.table(), halves[i].1.table(), &kinds).unwrap());
        let found = separated_predictability(train, test).unwrap();
        all_close(&found.table, &case.predictability, "predictability");
        all_close(&found.gaps, &case.predictability_gaps, "predictability gaps");
        close(found.score, mean(&case.predictability_gaps), "SAP");
    }
}

/// 2000 images with a class of 4 and two quantities.
fn factors(seed: u64) -> Vec<f32> {
    let mut values = vec![0.0; 6000];
    random::Stream::new(seed, "factors").uniforms(0, 0, &mut values);
    values.chunks_mut(3).for_each(|row| row[0] = (row[0] * 4.0).floor());
    values
}

const KINDS: [FactorKind; 3] = [FactorKind::Class, FactorKind::Quantity, FactorKind::Quantity];

fn scores(codes: &[f32], dims: usize) -> [f64; 6] {
    let factors = factors(1);
    let known = KnownFactors::new(Table::new(codes, dims).unwrap(), Table::new(&factors, 3).unwrap(), &KINDS)
        .unwrap();
    let found = dci(known, known, ForestSettings::new(0)).unwrap();
    [
        mutual_information_gap(known).unwrap().score,
        separated_predictability(known, known).unwrap().score,
        found.disentanglement,
        found.completeness,
        found.informativeness,
        factor_vae_score(known, FactorVaeSettings::new(0)).unwrap().score,
    ]
}

#[test]
fn codes_that_are_the_factors_score_best_and_mixed_ones_do_not() {
    let factors = factors(1);
    let [mig, sap, disentanglement, completeness, informativeness, factor_vae] = scores(&factors, 3);
    assert!(
        mig > 0.9 && sap > 0.8 && disentanglement > 0.99 && completeness > 0.99,
        "{mig} {sap} {disentanglement}"
    );
    assert!(informativeness > 0.99 && factor_vae == 1.0, "{informativeness} {factor_vae}");
    // Each dimension a rotation of all three: as informative, hardly disentangled.
    let mixed: Vec<f32> = factors
        .chunks(3)
        .flat_map(|f| {
            let [a, b, c] = [f[0] / 1.1 - 1.4, f[1] * 3.5 - 1.7, f[2] * 3.5 - 1.7];
            [a + b + c, a - b + 0.5 * c, 0.5 * a + b - c]
        })
        .collect();
    let [mig, sap, disentanglement, completeness, informativeness, factor_vae] = scores(&mixed, 3);
    assert!(
        mig < 0.15 && sap < 0.3 && disentanglement < 0.5 && completeness < 0.5,
        "{mig} {sap} {disentanglement}"
    );
    assert!(informativeness > 0.7 && factor_vae < 0.9, "{informativeness} {factor_vae}");
}

#[test]
fn codes_that_are_noise_tell_nothing() {
    let train_factors = factors(1);
    let test_factors = factors(2);
    let (train_codes, test_codes) = (normals(1, 10_000), normals(2, 10_000));
    let known = |codes, factors| {
        KnownFactors::new(Table::new(codes, 5).unwrap(), Table::new(factors, 3).unwrap(), &KINDS).unwrap()
    };
    let (train, test) = (known(&train_codes, &train_factors), known(&test_codes, &test_factors));
    assert!(mutual_information_gap(train).unwrap().score < 0.02);
    assert!(separated_predictability(train, test).unwrap().score < 0.05);
    let found = dci(train, test, ForestSettings::new(0)).unwrap();
    assert!(found.disentanglement < 0.05 && found.completeness < 0.05, "{found:?}");
    assert!(found.prediction[0] < 0.35 && found.prediction[1] < 0.05, "{found:?}");
    let score = factor_vae_score(train, FactorVaeSettings::new(0)).unwrap();
    assert!((score.score - 1.0 / 3.0).abs() < 0.12 && score.active == 5, "{score:?}");
}

#[test]
fn collapsed_dimensions_take_no_part() {
    let factors = factors(1);
    let codes: Vec<f32> = factors
        .chunks(3)
        .zip(normals(3, 2000))
        .flat_map(|(f, n)| [f[0], 0.0, f[1], f[2], n * 0.001])
        .collect();
    let table = Table::new(&factors, 3).unwrap();
    let known = KnownFactors::new(Table::new(&codes, 5).unwrap(), table, &KINDS).unwrap();
    let found = factor_vae_score(known, FactorVaeSettings::new(0)).unwrap();
    assert_eq!((found.score, found.active), (1.0, 3));
    let none = [0.0; 4000];
    let known = KnownFactors::new(Table::new(&none, 2).unwrap(), table, &KINDS).unwrap();
    let found = factor_vae_score(known, FactorVaeSettings::new(0)).unwrap();
    assert_eq!((found.score, found.active), (0.0, 0));
    assert_eq!(mutual_information_gap(known).unwrap().score, 0.0);
    let found = dci(known, known, ForestSettings::new(0)).unwrap();
    assert_eq!((found.disentanglement, found.completeness), (0.0, 0.0));
}

#[test]
fn results_do_not_depend_on_threads() {
    let (factors, codes) = (factors(1), normals(1, 10_000));
    let known =
        KnownFactors::new(Table::new(&codes, 5).unwrap(), Table::new(&factors, 3).unwrap(), &KINDS).unwrap();
    same_on_any_threads(|| {
        let found = dci(known, known, ForestSettings::new(3)).unwrap();
        (found, mutual_information_gap(known).unwrap(), separated_predictability(known, known).unwrap())
    });
    assert_ne!(
        dci(known, known, ForestSettings::new(3)).unwrap(),
        dci(known, known, ForestSettings::new(4)).unwrap()
    );
}

#[test]
fn input_that_cannot_be_measured_is_refused() {
    use FactorKind::{Class, Quantity};
    let values = [0.0, 1.0, 2.0, 3.5];
    let table = |columns| Table::new(&values, columns).unwrap();
    let new = |codes, factors, kinds| KnownFactors::new(codes, factors, kinds).unwrap_err();
    assert_eq!(new(table(1), table(2), &[Class; 2]), DisentanglementError::Rows { codes: 4, factors: 2 });
    assert_eq!(new(table(1), table(1), &[]), DisentanglementError::Kinds { kinds: 0, factors: 1 });
    let error = new(table(2), table(2), &[Quantity, Class]);
    assert_eq!(error, DisentanglementError::Class { row: 1, factor: 1, value: 3.5 });
    let constant = [2.0; 2];
    let error = new(table(2), Table::new(&constant, 1).unwrap(), &[Class]);
    assert_eq!(error, DisentanglementError::Constant { factor: 0 });
    let narrow = KnownFactors::new(table(1), table(1), &[Quantity]).unwrap();
    let wide = KnownFactors::new(table(2), table(2), &[Quantity; 2]).unwrap();
    assert_eq!(mutual_information_gap(narrow), Err(DisentanglementError::OneDimension));
    assert_eq!(separated_predictability(narrow, narrow), Err(DisentanglementError::OneDimension));
    let error = DisentanglementError::Columns { test: [2, 2], train: [1, 1] };
    assert_eq!(separated_predictability(narrow, wide), Err(error));
    assert_eq!(dci(narrow, wide, ForestSettings::new(0)), Err(error));
    let none = ForestSettings { trees: 0, ..ForestSettings::new(0) };
    assert_eq!(dci(narrow, narrow, none), Err(DisentanglementError::Zero { name: "trees" }));
    let none = FactorVaeSettings { votes: 0, ..FactorVaeSettings::new(0) };
    assert_eq!(factor_vae_score(narrow, none), Err(DisentanglementError::Zero { name: "votes" }));
}
