//! Times one measure on a table of little-endian f32 and prints the result as JSON.
//!
//!     speed TASK FILE COLUMNS [THREADS]
//!
//! `benchmarks/analysis.py` runs it beside the programs people use today.

use std::time::Instant;

use analysis::{Table, neighbours};

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
        other => return Err(format!("no task named {other}").into()),
    }
    Ok(())
}
