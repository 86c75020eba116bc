//! Maps by t-SNE: neighbourhoods kept, the same bits for the same seed, and settings that cannot be.

use std::ops::ControlFlow;

use analysis::{
    Placement, Preset, Repulsion, Start, Table, TsneError, TsneMap, TsneSettings, map_quality, place, tsne,
};
use random::Stream;

/// `count` points around each of five centres in `columns` dimensions.
fn clumps(count: usize, columns: usize) -> Vec<f32> {
    let (mut centres, mut values) = (vec![0.0; 5 * columns], vec![0.0; 5 * count * columns]);
    Stream::new(1, "centres").normals(0, 0, &mut centres);
    Stream::new(1, "points").normals(0, 0, &mut values);
    for (row, point) in values.chunks_exact_mut(columns).enumerate() {
        let centre = &centres[row % 5 * columns..][..columns];
        point.iter_mut().zip(centre).for_each(|(value, centre)| *value = 0.5 * *value + 6.0 * centre);
    }
    values
}

fn run(table: Table<'_>, settings: &TsneSettings) -> TsneMap {
    tsne(table, settings, |_| ControlFlow::Continue(())).unwrap()
}

#[test]
fn maps_keep_neighbours_and_clumps() {
    let values = clumps(80, 8);
    let table = Table::new(&values, 8).unwrap();
    for preset in Preset::ALL {
        for (dimensions, start) in [(2, Start::Pca), (3, Start::Pca), (2, Start::Random)] {
            let settings = TsneSettings { dimensions, start, seed: 4, ..TsneSettings::new(preset) };
            let map = run(table, &settings);
            assert!(!map.stopped && map.iterations == settings.exaggerated_iterations + settings.iterations);
            let places = Table::new(&map.positions, dimensions).unwrap();
            let quality = map_quality(table, places, 10).unwrap();
            let what = format!("{settings:?}: KL {}, {quality:?}", map.kl);
            assert!(quality.trustworthiness > 0.95 && quality.continuity > 0.95, "{what}");
            assert!(map.kl > 0.0 && map.kl < 0.7, "{what}");
            // The nearest on the map is of the same clump.
            let near = analysis::neighbours(places, 1).unwrap();
            assert!((0..400).all(|row| near.indices(row)[0] as usize % 5 == row % 5), "{what}");
        }
    }
}

#[test]
fn the_grid_ends_where_every_pair_does() {
    let values = clumps(400, 6);
    let table = Table::new(&values, 6).unwrap();
    for preset in Preset::ALL {
        let [exact, grid] = [Repulsion::Exact, Repulsion::Grid]
            .map(|repulsion| run(table, &TsneSettings { repulsion, ..TsneSettings::new(preset) }).kl);
        assert!((grid / exact - 1.0).abs() < 0.01, "{preset:?}: {grid} {exact}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() {
    let values = clumps(350, 5);
    let table = Table::new(&values, 5).unwrap();
    for repulsion in [Repulsion::Exact, Repulsion::Grid] {
        let settings = TsneSettings {
            repulsion,
            start: Start::Random,
            exaggerated_iterations: 40,
            iterations: 60,
            ..TsneSettings::new(Preset::OpenTsne)
        };
        let expected = run(table, &settings);
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert!(pool.install(|| run(table, &settings)) == expected);
        }
        assert!(run(table, &TsneSettings { seed: 1, ..settings }).positions != expected.positions);
    }
}

#[test]
fn the_caller_can_watch_and_stop() {
    let values = clumps(30, 4);
    let mut seen = Vec::new();
    let settings = TsneSettings::new(Preset::Sklearn);
    let map = tsne(Table::new(&values, 4).unwrap(), &settings, |progress| {
        seen.push(progress.iteration);
        assert_eq!(progress.iterations, 1000);
        if progress.iteration == 25 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let map = map.unwrap();
    assert!(map.stopped && map.iterations == 25 && map.kl.is_finite() && map.positions.len() == 300);
    assert!(seen.into_iter().eq(1..=25));
}

#[test]
fn new_rows_land_in_their_clump() {
    let values = clumps(100, 6);
    let (table, new) = values.split_at(440 * 6);
    let (table, new) = (Table::new(table, 6).unwrap(), Table::new(new, 6).unwrap());
    for dimensions in [2, 3] {
        let map = run(table, &TsneSettings { dimensions, ..TsneSettings::new(Preset::OpenTsne) });
        let map = Table::new(&map.positions, dimensions).unwrap();
        let placed = place(new, table, map, &Placement::default()).unwrap();
        let placed = Table::new(&placed, dimensions).unwrap();
        let near = analysis::nearest(placed, map, 1).unwrap();
        assert!((0..60).all(|row| near.indices(row)[0] as usize % 5 == (440 + row) % 5));
        // Each for itself: alone it lands on the same place.
        let alone = place(Table::new(new.row(7), 6).unwrap(), table, map, &Placement::default()).unwrap();
        assert_eq!(alone, placed.row(7));
    }
}

#[test]
fn awkward_tables_have_maps() {
    let few = TsneSettings { perplexity: 5.0, ..TsneSettings::new(Preset::Sklearn) };
    // All points equal, half of the points equal, constant columns, one column, rows just enough.
    let half: Vec<f32> = (0..60).flat_map(|i| if i < 30 { [1.0, 2.0] } else { [i as f32, 0.0] }).collect();
    let tables =
        [(vec![1.5; 120], 3), (half, 2), ((0..50).map(|i| i as f32).collect(), 1), (clumps(2, 3), 3)];
    for (values, columns) in &tables {
        let table = Table::new(values, *columns).unwrap();
        for repulsion in [Repulsion::Exact, Repulsion::Grid] {
            let map = run(table, &TsneSettings { repulsion, ..few });
            assert!(map.positions.iter().all(|value| value.is_finite()), "{columns} {repulsion:?}");
            assert!(map.kl.is_finite());
        }
    }
}

#[test]
fn settings_out_of_range_are_refused() {
    let values = clumps(4, 3);
    let table = Table::new(&values, 3).unwrap();
    let settings = TsneSettings { perplexity: 5.0, ..TsneSettings::new(Preset::Sklearn) };
    let error = |settings| tsne(table, &settings, |_| ControlFlow::Continue(())).unwrap_err();
    for perplexity in [19.0, 30.0, 0.5, f64::NAN] {
        let TsneError::Perplexity { rows, .. } = error(TsneSettings { perplexity, ..settings }) else {
            panic!("perplexity {perplexity}")
        };
        assert_eq!(rows, 20);
    }
    let message = error(TsneSettings { perplexity: 30.0, ..settings }).to_string();
    assert_eq!(message, "perplexity 30 does not fit 20 rows: it must be at least 1 and below 19");
    assert_eq!(error(TsneSettings { dimensions: 4, ..settings }), TsneError::Dimensions { dimensions: 4 });
    let flat = TsneSettings { dimensions: 3, repulsion: Repulsion::Grid, ..settings };
    assert_eq!(error(flat), TsneError::Grid { dimensions: 3 });
    for (exaggeration, learning_rate) in [(0.5, None), (12.0, Some(0.0)), (12.0, Some(f64::INFINITY))] {
        let settings = TsneSettings { exaggeration, learning_rate, ..settings };
        assert!(matches!(error(settings), TsneError::Value { .. }));
    }
    let map = Table::new(&values[..40], 2).unwrap();
    let short = Table::new(&values[..38], 2).unwrap();
    let placed = |new, map| place(new, table, map, &Placement::default()).unwrap_err();
    assert_eq!(placed(table, short), TsneError::Rows { map: 19, table: 20 });
    assert_eq!(placed(map, map), TsneError::Columns { new: 2, table: 3 });
    let alone = tsne(Table::new(&[1.0], 1).unwrap(), &settings, |_| ControlFlow::Continue(())).unwrap_err();
    assert!(matches!(alone, TsneError::Perplexity { rows: 1, .. }));
}
