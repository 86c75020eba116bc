//! t-SNE by the crate bhtsne: `bhtsne-peer barnes_hut|fit_sne FILE COLUMNS THREADS MAP`, its defaults, 1000 epochs.

use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, file, columns, threads, map] = &arguments[..] else { panic!("five arguments") };
    rayon::ThreadPoolBuilder::new().num_threads(threads.parse().unwrap()).build_global().unwrap();
    let bytes = std::fs::read(file).unwrap();
    let values: Vec<f32> = bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
    let samples: Vec<&[f32]> = values.chunks_exact(columns.parse().unwrap()).collect();
    let distance = |a: &&[f32], b: &&[f32]| a.iter().zip(*b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
    let start = Instant::now();
    let mut tsne = bhtsne::tSNE::<f32, &[f32], 2>::new(&samples);
    tsne.perplexity(30.0).epochs(1000);
    match mode.as_str() {
        "barnes_hut" => tsne.barnes_hut(0.5, distance),
        _ => tsne.fit_sne(distance),
    };
    let seconds = start.elapsed().as_secs_f64();
    let positions: Vec<u8> = tsne.embedding().iter().flat_map(|value| value.to_le_bytes()).collect();
    std::fs::write(map, positions).unwrap();
    println!("{{\"seconds\": {seconds}}}");
}
