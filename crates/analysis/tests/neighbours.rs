//! Neighbours against a search written out in f64, on awkward tables.

use analysis::{NeighboursError, Table, nearest, neighbours};

/// Numbers in [0, 1) without a pattern, the same on every machine.
fn spread(count: usize) -> Vec<f32> {
    (0..count as u64).map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f32 / 16_777_216.0).collect()
}

fn by_definition(query: &[f32], points: Table<'_>, without: Option<usize>, k: usize) -> Vec<u32> {
    let mut all: Vec<(f64, u32)> = (0..points.rows())
        .filter(|row| Some(*row) != without)
        .map(|row| {
            let pairs = query.iter().zip(points.row(row));
            (pairs.map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum(), row as u32)
        })
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    all[..k].iter().map(|(_, row)| *row).collect()
}

#[test]
fn every_row_finds_the_neighbours_of_the_definition() {
    for (rows, columns, k) in [(2, 1, 1), (33, 2, 32), (500, 3, 7), (700, 10, 90), (300, 784, 5)] {
        let values = spread(rows * columns);
        let table = Table::new(&values, columns).unwrap();
        let found = neighbours(table, k).unwrap();
        assert_eq!((found.rows(), found.k()), (rows, k));
        for row in 0..rows {
            let expected = by_definition(table.row(row), table, Some(row), k);
            assert_eq!(found.indices(row), expected, "{rows} × {columns}, row {row}");
            for (index, distance) in expected.iter().zip(found.distances(row)) {
                let pairs = table.row(row).iter().zip(table.row(*index as usize));
                let exact = pairs.map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>().sqrt();
                assert!((f64::from(*distance) - exact).abs() <= 1e-7 * exact);
            }
        }
    }
}

#[test]
fn queries_find_the_points_of_the_definition() {
    let (points, queries) = (spread(411 * 5), spread(460 * 5).split_off(430 * 5));
    let (points, queries) = (Table::new(&points, 5).unwrap(), Table::new(&queries, 5).unwrap());
    let found = nearest(queries, points, 411).unwrap();
    for row in 0..queries.rows() {
        assert_eq!(found.indices(row), by_definition(queries.row(row), points, None, 411));
    }
}

#[test]
fn ties_and_duplicates_go_to_the_lower_row() {
    // A grid of whole numbers is full of ties, and every point is there three times.
    let values: Vec<f32> = (0..3 * 400).flat_map(|i| [(i % 20) as f32, (i / 20 % 20) as f32]).collect();
    let table = Table::new(&values, 2).unwrap();
    let found = neighbours(table, 11).unwrap();
    for row in 0..table.rows() {
        assert_eq!(found.indices(row), by_definition(table.row(row), table, Some(row), 11));
    }
    let equal = vec![2.5; 3000];
    let found = neighbours(Table::new(&equal, 1).unwrap(), 4).unwrap();
    assert_eq!((found.indices(0), found.indices(2999)), (&[1, 2, 3, 4][..], &[0, 1, 2, 3][..]));
    assert_eq!(found.distances(7), [0.0; 4]);
}

#[test]
fn distances_that_single_precision_cannot_square_are_ranked_too() {
    let large = [3e38f32, -3e38, 1e38, 0.0, 2.9e38];
    let found = neighbours(Table::new(&large, 1).unwrap(), 4).unwrap();
    assert_eq!(found.indices(0), [4, 2, 3, 1]);
    let small = [3e-30f32, 1e-30, 2.5e-30, 0.0, 1.0];
    let found = neighbours(Table::new(&small, 1).unwrap(), 4).unwrap();
    assert_eq!(found.indices(0), [2, 1, 3, 4]);
    // Neighbours nearer to each other than the spacing of f32 at their squared distance.
    let close: Vec<f32> = (0..600).map(|i| 1.0 + (i * 7 % 600) as f32 * f32::EPSILON).collect();
    let table = Table::new(&close, 1).unwrap();
    let far = nearest(Table::new(&[0.0], 1).unwrap(), table, 20).unwrap();
    assert_eq!(far.indices(0), by_definition(&[0.0], table, None, 20));
}

#[test]
fn results_do_not_depend_on_threads() {
    let values = spread(1000 * 6);
    let table = Table::new(&values, 6).unwrap();
    let all = neighbours(table, 12).unwrap();
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(all, pool.install(|| neighbours(table, 12)).unwrap());
    }
}

#[test]
fn counts_and_columns_that_do_not_fit_are_refused() {
    let values = spread(12);
    let table = Table::new(&values, 2).unwrap();
    assert_eq!(neighbours(table, 6).unwrap_err(), NeighboursError::Count { k: 6, points: 5 });
    assert_eq!(neighbours(table, 0).unwrap_err(), NeighboursError::Count { k: 0, points: 5 });
    assert_eq!(nearest(table, table, 7).unwrap_err(), NeighboursError::Count { k: 7, points: 6 });
    let other = Table::new(&values, 3).unwrap();
    let error = nearest(other, table, 1).unwrap_err();
    assert_eq!(error, NeighboursError::Columns { queries: 3, points: 2 });
    let alone = neighbours(Table::new(&[1.0], 1).unwrap(), 1).unwrap_err();
    assert_eq!(alone, NeighboursError::Count { k: 1, points: 0 });
}
