use analysis::{FeatureSpace, GenerationError, Table, frechet_distance, generation, manifolds, mixing};
use serde::Deserialize;

use super::{Numbers, cases, close, normals, same_on_any_threads};

#[derive(Deserialize)]
struct Case {
    real: Numbers,
    generated: Numbers,
    k: usize,
    frechet_distance: f64,
    precision: f64,
    recall: f64,
    density: f64,
    coverage: f64,
}

#[test]
fn distances_and_manifolds_equal_the_definitions() {
    for case in cases::<Case>("generation") {
        let (real, generated) = (case.real.table(), case.generated.table());
        close(frechet_distance(real, generated).unwrap(), case.frechet_distance, "Fréchet distance");
        close(frechet_distance(generated, real).unwrap(), case.frechet_distance, "Fréchet distance, swapped");
        let found = manifolds(real, generated, case.k).unwrap();
        close(found.precision, case.precision, "precision");
        close(found.recall, case.recall, "recall");
        close(found.density, case.density, "density");
        close(found.coverage, case.coverage, "coverage");
        let swapped = manifolds(generated, real, case.k).unwrap();
        assert_eq!((swapped.precision, swapped.recall), (found.recall, found.precision));
    }
}

#[test]
fn a_shift_is_its_squared_length_and_equal_tables_are_at_zero() {
    // More columns than rows: singular covariances.
    for (rows, columns) in [(500, 12), (20, 50)] {
        let values = normals(1, rows * columns);
        let moved: Vec<f32> = values.iter().map(|value| value + 2.0).collect();
        let table = |values| Table::new(values, columns).unwrap();
        close(frechet_distance(table(&values), table(&moved)).unwrap(), 4.0 * columns as f64, "shift");
        assert!(frechet_distance(table(&values), table(&values)).unwrap() < 1e-6);
        let scaled: Vec<f32> = values.iter().map(|value| value * 3.0).collect();
        let mean = |values: &[f32], j: usize| {
            values.iter().skip(j).step_by(columns).map(|v| f64::from(*v)).sum::<f64>() / rows as f64
        };
        // Σ₂ = 9 Σ₁: tr(Σ₁ + 9 Σ₁ − 6 Σ₁) = 4 tr Σ₁, and the means differ by twice the mean.
        let expected: f64 = (0..columns)
            .map(|j| {
                let mean = mean(&values, j);
                let squares: f64 =
                    values.iter().skip(j).step_by(columns).map(|v| (f64::from(*v) - mean).powi(2)).sum();
                4.0 * squares / (rows - 1) as f64 + 4.0 * mean * mean
            })
            .sum();
        close(frechet_distance(table(&values), table(&scaled)).unwrap(), expected, "scale");
    }
}

#[test]
fn equal_clouds_overlap_and_far_ones_do_not() {
    let values = normals(2, 400 * 3);
    let table = Table::new(&values, 3).unwrap();
    let same = manifolds(table, table, 5).unwrap();
    // Each ball holds its centre and k neighbours, the farthest on its surface.
    assert_eq!((same.precision, same.recall, same.coverage), (1.0, 1.0, 1.0));
    close(same.density, 6.0 / 5.0, "density");
    let far: Vec<f32> = values.iter().map(|value| value + 100.0).collect();
    let apart = manifolds(table, Table::new(&far, 3).unwrap(), 5).unwrap();
    assert_eq!((apart.precision, apart.recall, apart.density, apart.coverage), (0.0, 0.0, 0.0, 0.0));
    // Duplicates: all balls are points.
    let one = [1.0; 24];
    let one = Table::new(&one, 3).unwrap();
    assert_eq!(manifolds(one, one, 5).unwrap().precision, 1.0);
    assert_eq!(manifolds(one, table, 5).unwrap().precision, 0.0);
}

/// Points on each other's surfaces, far from the origin, where f32 distances are wrong in many digits.
#[test]
fn surfaces_are_decided_exactly() {
    let real: Vec<f32> = (0..600).map(|i| 1e6 + (i * i % 997) as f32 * 0.0625).collect();
    let generated: Vec<f32> = (0..600).map(|i| 1e6 + (i * 7 % 1013) as f32 * 0.0625).collect();
    let k = 2;
    let radius = |points: &[f32], i: usize| {
        let mut far: Vec<f64> = points.iter().map(|p| (f64::from(*p) - f64::from(points[i])).abs()).collect();
        far.sort_by(f64::total_cmp);
        far[k]
    };
    let real_radii: Vec<f64> = (0..600).map(|i| radius(&real, i)).collect();
    let held = |g: usize| {
        (0..600).filter(|r| (f64::from(real[*r]) - f64::from(generated[g])).abs() <= real_radii[*r]).count()
    };
    let held: Vec<usize> = (0..600).map(held).collect();
    let found = manifolds(Table::new(&real, 1).unwrap(), Table::new(&generated, 1).unwrap(), k).unwrap();
    close(found.density, held.iter().sum::<usize>() as f64 / (600 * k) as f64, "density");
    close(found.precision, held.iter().filter(|count| **count > 0).count() as f64 / 600.0, "precision");
}

#[test]
fn results_do_not_depend_on_threads_and_name_their_space() {
    let (real, generated) = (normals(4, 3000 * 7), normals(5, 2500 * 7));
    let space = FeatureSpace { name: "pixels".into(), sha256: None };
    let measure = || {
        let (real, generated) = (Table::new(&real, 7).unwrap(), Table::new(&generated, 7).unwrap());
        generation(space.clone(), real, generated).unwrap()
    };
    same_on_any_threads(measure);
    let found = measure();
    assert_eq!((found.space, found.real, found.generated), (space, 3000, 2500));
    assert!((found.manifolds.density - 1.0).abs() < 0.1 && found.frechet_distance < 0.05);
}

/// Images of 40 pixels with three kinds of strokes of random strength; `seed` chooses which.
fn strokes(seed: u64, count: usize) -> Vec<f32> {
    let draws = normals(seed, count * 2);
    let image = |draw: &[f32]| -> Vec<f32> {
        let (kind, strength) = (((draw[0].abs() * 100.0) as usize) % 3, 1.0 + draw[1].abs());
        (0..40).map(|pixel| if pixel / 12 == kind { strength } else { 0.0 }).collect()
    };
    draws.chunks_exact(2).flat_map(image).collect()
}

#[test]
fn only_draws_of_the_same_distribution_mix() {
    fn table(values: &[f32]) -> Table<'_> {
        Table::new(values, 40).unwrap()
    }
    let held_out = strokes(1, 200);
    let of = |draws: &[f32]| mixing(table(&held_out), table(draws), 10).unwrap();
    let same = of(&strokes(2, 200));
    assert!(same.least() > 0.85, "{same:?}");
    // Numbers of images do not matter.
    let fewer = of(&strokes(3, 80));
    assert!(fewer.least() > 0.7, "{fewer:?}");
    // A blur near the mean image keeps to itself; noise on images comes near them, but they do not come near it; one
    // image again and again is like images, but few images are like it.
    let mean: Vec<f32> =
        (0..40).map(|pixel| held_out.iter().skip(pixel).step_by(40).sum::<f32>() / 200.0).collect();
    let noise = normals(4, 200 * 40);
    let blur: Vec<f32> = noise.iter().enumerate().map(|(at, noise)| mean[at % 40] + 0.05 * noise).collect();
    let noisy: Vec<f32> = strokes(5, 200).iter().zip(&noise).map(|(x, noise)| x + noise).collect();
    let one: Vec<f32> = held_out[..40].repeat(200);
    assert!(of(&blur).fidelity < 0.05 && of(&noisy).diversity < 0.05, "{:?} {:?}", of(&blur), of(&noisy));
    assert!(of(&one).least() < 0.3, "{:?}", of(&one));
    same_on_any_threads(|| of(&noisy));
    // By hand: 0 and 1 have each other, 9 has 10, 10 has 9 as nearest neighbour.
    let line = |values| Table::new(values, 1).unwrap();
    let apart = mixing(line(&[0.0, 1.0]), line(&[9.0, 10.0]), 1).unwrap();
    assert_eq!((apart.fidelity, apart.diversity), (0.0, 0.0));
}

#[test]
fn tables_that_cannot_be_compared_are_refused() {
    let values = [0.0, 1.0, 2.0, 4.0];
    let table = |columns| Table::new(&values, columns).unwrap();
    let error = GenerationError::Columns { real: 1, generated: 2 };
    assert_eq!(frechet_distance(table(1), table(2)), Err(error));
    assert_eq!(manifolds(table(1), table(2), 1), Err(error));
    assert_eq!(mixing(table(1), table(2), 1), Err(error));
    let error = GenerationError::TooFew { real: 1, generated: 1 };
    assert_eq!(frechet_distance(table(4), table(4)), Err(error));
    assert!(matches!(manifolds(table(1), table(1), 4), Err(GenerationError::Neighbours(_))));
    assert!(matches!(manifolds(table(1), table(1), 0), Err(GenerationError::Neighbours(_))));
    assert!(matches!(mixing(table(1), table(1), 8), Err(GenerationError::Neighbours(_))));
}
