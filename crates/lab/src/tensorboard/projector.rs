//! The projector's files: codes, their classes, and one picture with a small image for each.

use std::path::Path;

use data::Dataset;
use report::Images;
use run::atomic_write;

use crate::error::Error;
use crate::runs::Run;

/// Codes shown: what the projector and the sprite's 8,192 pixels take.
const MOST: usize = 5_000;
const LARGEST_SPRITE: usize = 8_192;

/// Writes `projector_config.pbtxt`, `codes.tsv`, `classes.tsv` and `sprite.png`.
pub fn write(run: &mut Run, test: &Dataset, folder: &Path) -> Result<(), Error> {
    let shape = test.shape();
    let columns = |count: usize| (count as f64).sqrt().ceil() as usize;
    let most = (LARGEST_SPRITE / shape.height.max(shape.width)).pow(2).min(MOST);
    let shown = test.first(most.max(1));
    let seen = run.trained.source(&shown);
    let codes = run.trained.model.encode_from(&seen, shown.len());

    let row = |code: &[f32]| code.iter().map(f32::to_string).collect::<Vec<_>>().join("\t") + "\n";
    let table: String = codes.mean.chunks_exact(codes.dims()).map(row).collect();
    atomic_write(folder.join("codes.tsv"), table.as_bytes())?;
    let mut config = "embeddings {\n  tensor_name: \"codes\"\n  tensor_path: \"codes.tsv\"\n".to_owned();
    if let Some(labels) = shown.labels() {
        let clean = |name: &String| name.replace(['\t', '\n', '\r'], " ") + "\n";
        let classes: String = labels.iter().map(|label| clean(&shown.classes()[*label as usize])).collect();
        atomic_write(folder.join("classes.tsv"), classes.as_bytes())?;
        config += "  metadata_path: \"classes.tsv\"\n";
    }
    if matches!(shape.channels, 1 | 3) {
        let mut pixels = vec![0.0; shown.len() * shape.values()];
        for (index, image) in pixels.chunks_exact_mut(shape.values()).enumerate() {
            shown.image(index, image);
        }
        let images = Images::new(&pixels, [shown.len(), shape.height, shape.width, shape.channels])?;
        // The projector expects a square of places.
        let sprite = images.mosaic(columns(shown.len()), 0)?;
        atomic_write(folder.join("sprite.png"), &sprite.png()?)?;
        config += &format!(
            "  sprite {{\n    image_path: \"sprite.png\"\n    single_image_dim: [{}, {}]\n  }}\n",
            shape.width, shape.height
        );
    }
    config += "}\n";
    Ok(atomic_write(folder.join("projector_config.pbtxt"), config.as_bytes())?)
}
