//! Times one measure on a table of little-endian f32 and prints the result as JSON.
//!
//!     speed TASK FILE COLUMNS [THREADS]
//!
//! `benchmarks/analysis.py` runs it beside the programs people use today.

use std::time::Instant;

use std::ops::ControlFlow;

use analysis::{
    KMeans, KMeansSettings, LabelledPoints, Pca, Preset, Table, TsneSettings, neighbours, silhouette, tsne,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [task, file, columns, ..] = &arguments[..] else {
        return Err("usage: speed TASK FILE COLUMNS [THREADS]".into());
    };
    if let Some(threads) = arguments.get(3) {
        rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build_global()?;
    }
    let bytes = std::fs::read(file)?;
    let values: Vec<f32> = bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let table = Table::new(&values, columns.parse()?)?;
    rayon::broadcast(|_| ()); // starts the threads
    let start = Instant::now();
    match task.as_str() {
        "neighbours" => {
            let found = neighbours(table, 90)?;
            println!(
                "{{\"seconds\": {}, \"last\": {}}}",
                start.elapsed().as_secs_f64(),
                found.indices(0)[89]
            );
        }
        "silhouette" => {
            // The classes only decide how sums are parted: any ten will do.
            let labels: Vec<u32> = (0..table.rows() as u32).map(|row| row % 10).collect();
            let found = silhouette(LabelledPoints::new(table, &labels)?)?;
            println!("{{\"seconds\": {}, \"mean\": {}}}", start.elapsed().as_secs_f64(), found.mean);
        }
        "kmeans" => {
            let found = KMeans::fit(table, KMeansSettings::new(10, 0))?;
            println!("{{\"seconds\": {}, \"inertia\": {}}}", start.elapsed().as_secs_f64(), found.inertia);
        }
        "pca" => {
            let pca = Pca::fit(table, 2)?;
            let scores = pca.transform(table)?;
            let seconds = start.elapsed().as_secs_f64();
            println!(
                "{{\"seconds\": {seconds}, \"variances\": {:?}, \"first\": {:?}}}",
                pca.variances(),
                &scores[..2]
            );
        }
        "tsne-sklearn" | "tsne-opentsne" => {
            let preset = if task == "tsne-sklearn" { Preset::Sklearn } else { Preset::OpenTsne };
            let mut settings = TsneSettings::new(preset);
            if std::env::var_os("EXACT").is_some() {
                settings.repulsion = analysis::Repulsion::Exact;
            }
            let mut last = 0.0;
            let map = tsne(table, &settings, |progress| {
                if std::env::var_os("TRACE").is_some() && progress.iteration % 50 == 0 {
                    let now = start.elapsed().as_secs_f64();
                    eprintln!("{} {:.3} ms", progress.iteration, (now - last) / 50.0 * 1e3);
                    last = now;
                }
                ControlFlow::Continue(())
            })?;
            if let Some(file) = std::env::var_os("MAP") {
                let bytes: Vec<u8> = map.positions.iter().flat_map(|value| value.to_le_bytes()).collect();
                std::fs::write(file, bytes)?;
            }
            println!("{{\"seconds\": {}, \"kl\": {}}}", start.elapsed().as_secs_f64(), map.kl);
        }
        other => return Err(format!("no task named {other}").into()),
    }
    Ok(())
}
